import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlContext, Hooks } from '../../../runtime/control/context.js';
import { applyDeployment } from '../../../runtime/control/deploy.js';
import { DeployedCache } from '../../../runtime/control/deployed.js';
import { settle } from '../../../runtime/control/settle.js';
import { tickPage } from '../../../runtime/control/tick.js';
import { openLog } from '../../../runtime/log.js';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { migrated } from '../../support/hera.js';
import type { TestDatabase } from '../../support/servers.js';

// The one interleaving in which a wake-up could be lost: an upstream's settle has looked for those who wait and not yet committed, while
// another timetable's tick makes a run that waits for it. Staged at named points; without the shared fact lock the run would wait for ever.

let base: TestDatabase;
let database: Database;
beforeAll(async () => {
  base = await migrated();
  database = openDatabase(base.url, { max: 10 });
});
afterAll(async () => {
  await database.end({ timeout: 5 });
  await base.drop();
});

const FILES = {
  'hera.project.yaml': 'name: shop\nzone: UTC\n',
  'up.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
  'down.yaml': 'schedule: "0 1 * * *"\nneeds: [up]\nrun: { shell: "true" }\n',
};

const contextWith = (hooks: Hooks): ControlContext => ({
  database,
  deployed: new DeployedCache(),
  kick: () => {},
  log: openLog({ name: 'test', level: 'silent' }),
  hooks,
});

const timetableOf = async (hour: number): Promise<string> => {
  const [row] = await database<
    { id: string }[]
  >`select id from timetable where id like ${`shop/tick/daily-0${hour}.00/%`}`;
  return row!.id;
};

const someoneWaitsForALock = async (): Promise<boolean> => {
  const rows = await database`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return rows.length > 0;
};

test('a run made while its upstream is being settled is started, though the settle had looked before the run was there', async () => {
  let admitted: () => void = () => {};
  const tickAdmitted = new Promise<void>((resolve) => {
    admitted = resolve;
  });
  let ticking: Promise<boolean> | undefined;
  const plain = contextWith({ 'tick.admitted': () => admitted() });
  await applyDeployment(plain, {
    tree: new Map(Object.entries(FILES).map(([path, text]) => [path, new TextEncoder().encode(text)])),
    info: { commit: randomUUID(), subject: 's', author: 'a', committedAt: null, dirty: false },
    plannedOn: null,
    allowPrune: false,
    by: 'tester',
    via: 'test',
    isDescendantOf: async () => true,
  });
  await tickPage(contextWith({}), { timetable: await timetableOf(0), instant: '2030-01-01T00:00:00Z' });
  const [up] = await database<
    { id: string }[]
  >`select run.id from run join job on job.id = run.job where job.path = 'up'`;
  const staged = contextWith({
    'settle.before-commit': async () => {
      ticking = tickPage(plain, { timetable: await timetableOf(1), instant: '2030-01-01T01:00:00Z' });
      // Either the tick stops at the fact's lock, as it must, or it runs through and has overlooked what we are about to commit.
      let through = false;
      void tickAdmitted.then(() => {
        through = true;
      });
      while (!through && !(await someoneWaitsForALock()));
    },
  });
  await settle(staged, up!.id, 1, { kind: 'exited', code: 0 });
  await ticking;
  const [down] = await database<
    { state: string }[]
  >`select state from run join job on job.id = run.job where job.path = 'down'`;
  expect(down!.state).toBe('queued');
});
