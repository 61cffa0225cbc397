import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashOf } from '../../compiler/manifest/canonical.js';
import type { HookPoint } from '../../runtime/control/context.js';
import { type Cli, openCli } from '../cli/hera.js';
import { type Bare, openBare } from '../support/bare.js';
import { type Hera, startHera } from '../support/hera.js';
import { openServer, type ServerForTests } from '../support/server.js';
import type { Orders } from './killed-process.js';

// An apply is killed with -9 at each of its points: production is the whole old deployment or the whole new one, and heals by itself.

const IN_TRANSACTION = [
  'apply.locked',
  'apply.inserted',
  'apply.defined',
  'apply.in-force',
  'apply.timetables',
  'apply.written',
] as const;
const PROCESS = fileURLToPath(new URL('./killed-process.ts', import.meta.url));
const start = (orders: Orders): ChildProcess =>
  spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROCESS, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
/** How the process ended. */
const signalOf = async (child: ChildProcess): Promise<string | null> =>
  child.signalCode ?? ((await once(child, 'exit')) as [number | null, string | null])[1];

const job = (more = '') => `run: { shell: "true" }\n${more}`;
const project = (name: string) => ({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n` });
const before = (name: string) => ({
  ...project(name),
  'a.yaml': `schedule: "0 1 * * *"\n${job()}`,
  'b.yaml': `needs: [a]\n${job()}`,
  'c.yaml': `schedule: "0 2 * * *"\n${job()}`,
});
const after = (name: string) => ({
  ...project(name),
  'a.yaml': `schedule: "0 1 * * *"\n${job('tags: [new]\n')}`,
  'd.yaml': `schedule: "0 3 * * *"\n${job()}`,
  'e.yaml': `schedule: "0 4 * * *"\n${job()}`,
});

let hera: Hera;
beforeAll(async () => {
  hera = await startHera({ worker: false, ledgerTimes: { everyMs: 1000, graceMs: 500 } });
});
afterAll(() => hera.stop());

/** All that a deployment decides, of one project. */
async function decided(name: string) {
  const { database } = hera;
  const [force] = await database`
    select p.deployment as id, d.commit from project p join deployment d on d.id = p.deployment where p.name = ${name}`;
  const jobs = await database<{ path: string; tags: string }[]>`
    select jd.path, d.body->>'tags' as tags from job_definition jd join definition d using (hash)
    where jd.project = ${name} and jd.until is null order by jd.path`;
  const timetables = await database<{ id: string }[]>`
    select id from timetable where project = ${name} and used_since is not null order by id`;
  const [count] = await database`select count(*)::int as n from deployment where project = ${name}`;
  return { force, jobs: [...jobs], timetables: timetables.map(({ id }) => id), deployments: count?.n as number };
}

async function applyOld(name: string): Promise<string> {
  const encoder = new TextEncoder();
  const applied = await hera.running.control.apply({
    tree: new Map(Object.entries(before(name)).map(([path, text]) => [path, encoder.encode(text)])),
    info: { commit: hashOf(name).slice(0, 40), subject: 'old', author: 'ada', committedAt: new Date(0), dirty: false },
    ...{ plannedOn: null, allowPrune: false, by: 'ada', via: 'test', isDescendantOf: async () => true },
  });
  return applied.deployment;
}

const orders = (name: string, at: HookPoint, plannedOn: string): Orders => ({
  ...{
    kind: ALONE.has(at) ? 'write' : 'apply',
    at,
    files: after(name),
    commit: hashOf(`${name} new`).slice(0, 40),
    plannedOn,
  },
  databaseUrl: hera.databaseUrl,
  temporal: { address: hera.temporal.address, namespace: hera.temporal.namespace },
});

// These need nothing of a control plane but its transaction.
const ALONE = new Set<HookPoint>(IN_TRANSACTION);
const NEW = { paths: ['a', 'd', 'e'], timetables: ['01.00', '03.00', '04.00'] };

test.each(IN_TRANSACTION)(
  'killed at %s, before its commit, production is the old deployment, and the same apply works',
  async (at) => {
    const name = at.replace('.', '-');
    const old = await applyOld(name);
    const seen = await decided(name);
    expect(await signalOf(start(orders(name, at, old)))).toBe('SIGKILL');
    expect(await decided(name)).toEqual(seen);
    // The lock of the dead is not in the way of the next.
    const again = await hera.running.control.apply({
      tree: new Map(Object.entries(after(name)).map(([path, text]) => [path, new TextEncoder().encode(text)])),
      info: {
        commit: hashOf(`${name} new`).slice(0, 40),
        subject: 'new',
        author: 'ada',
        committedAt: new Date(0),
        dirty: false,
      },
      ...{ plannedOn: old, allowPrune: true, by: 'ada', via: 'test', isDescendantOf: async () => true },
    });
    expect(again.already).toBe(false);
    expect((await decided(name)).jobs.map(({ path }) => path)).toEqual(NEW.paths);
  },
);

test.each(['apply.committed', 'schedule.made', 'reevaluate.page'] as const)(
  'killed at %s, after its commit, production is the new deployment, whose schedules and waiting runs follow by themselves',
  async (at) => {
    const name = at.replace('.', '-');
    const old = await applyOld(name);
    const from = new Date('2026-01-01T00:00:00Z');
    const asked = {
      project: name,
      jobs: '**',
      from,
      to: new Date('2026-01-03T00:00:00Z'),
      only: 'all',
      parallel: 4,
    } as const;
    const { hash } = await hera.running.control.backfill({ ...asked, by: 'ada', via: 'test', hash: null });
    await hera.running.control.backfill({ ...asked, by: 'ada', via: 'test', hash });
    const b = () =>
      hera.database`select run.state from run join job on job.id = run.job where run.project = ${name} and job.path = 'b'`;
    await hera.until(
      async () => (await b()).length === 2 && (await b()).every(({ state }) => state === 'waiting'),
      'runs that wait',
    );
    const seen = await hera.withoutControl(async () => {
      expect(await signalOf(start(orders(name, at, old)))).toBe('SIGKILL');
      return decided(name);
    });
    expect([seen.jobs.map(({ path }) => path), seen.deployments]).toEqual([NEW.paths, 2]);
    expect(seen.timetables.map((id) => id.split('-').at(-1)?.replace('/UTC', ''))).toEqual(NEW.timetables);
    await hera.until(
      async () => (await b()).every(({ state }) => state === 'skipped'),
      'waiting runs of the removed job to be skipped',
    );
    const mine = async () => (await hera.running.control.drift(false)).filter(({ id }) => id.startsWith(`${name}/`));
    await hera.until(async () => (await mine()).length === 0, 'schedules as deployed');
    await hera.until(async () => {
      const owed = await hera.database`select id from outbox where project = ${name} and kind = 'reevaluate'`;
      return owed.length === 0;
    }, 'nothing to be owed any more');
    expect((await decided(name)).force).toEqual(seen.force);
  },
);

test('of two applies on the same plan one is in force, and the other is told what is there now', async () => {
  const old = await applyOld('two');
  const attempt = (n: number) => {
    const files = { ...before('two'), 'n.yaml': job(`tags: [n${n}]\n`) };
    return hera.running.control.apply({
      tree: new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])),
      info: {
        commit: hashOf(`two ${n}`).slice(0, 40),
        subject: `n${n}`,
        author: 'ada',
        committedAt: new Date(0),
        dirty: false,
      },
      ...{ plannedOn: old, allowPrune: false, by: 'ada', via: 'test', isDescendantOf: async () => true },
    });
  };
  const ends = await Promise.allSettled([1, 2, 3, 4].map(attempt));
  const won = ends.filter((end) => end.status === 'fulfilled');
  const lost = ends
    .filter((end) => end.status === 'rejected')
    .map((end) => end.reason as { code: string; more: { details: { on: string } } });
  expect(won).toHaveLength(1);
  expect(lost.map(({ code, more }) => [code, more.details.on])).toEqual(
    Array(3).fill(['stale', won[0]!.value.deployment]),
  );
  expect((await decided('two')).deployments).toBe(2);
});

let server: ServerForTests;
let bare: Bare;
let cli: Cli;

test.each(['apply.written', 'apply.committed'] as const)(
  'a server killed at %s under a real `hera apply` leaves a client that knows, and the next apply is right',
  async (at) => {
    server = await openServer({ followMs: 3_600_000 });
    bare = openBare();
    cli = openCli();
    try {
      bare.clone.commit(before('real'));
      const apply = (...more: string[]) => cli.run(['apply', ...more], { cwd: bare.clone.path, env: server.env });
      expect((await apply()).code).toBe(0);
      const commit = bare.clone.commit({ 'b.yaml': null, 'd.yaml': job() });
      await server.down();
      const child = start({
        ...{ kind: 'serve', at, port: Number(new URL(server.url).port), stateDir: server.stateDir },
        databaseUrl: server.databaseUrl,
        temporal: server.temporal,
      });
      await once(child.stdout!, 'data');
      const killed = await apply('--allow-prune');
      expect([killed.code, killed.stderr]).toEqual([5, expect.stringContaining('no server answers')]);
      expect(await signalOf(child)).toBe('SIGKILL');
      await server.up();
      const isNew = (await server.client.deployments({ limit: 1 })).items[0]?.commit === commit;
      expect(isNew).toBe(at === 'apply.committed');
      const again = await apply('--allow-prune', '--json');
      expect([again.code, again.json()]).toEqual([0, expect.objectContaining({ already: isNew, commit })]);
      expect((await server.client.drift()).schedules).toEqual([]);
    } finally {
      cli.close();
      bare.close();
      await server.stop();
    }
  },
);
