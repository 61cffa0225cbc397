import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAttempts } from '../../../runtime/control/attempts.js';
import type { ControlContext } from '../../../runtime/control/context.js';
import type { MarkRequest } from '../../../runtime/control/control.js';
import { applyDeployment } from '../../../runtime/control/deploy.js';
import { DeployedCache } from '../../../runtime/control/deployed.js';
import { open } from '../../../runtime/control/open.js';
import { mark } from '../../../runtime/control/operations/mark.js';
import { sweepPages } from '../../../runtime/control/sender.js';
import { settle } from '../../../runtime/control/settle.js';
import { tickPage } from '../../../runtime/control/tick.js';
import { openLog } from '../../../runtime/log.js';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { takeDue } from '../../../runtime/store/outbox.js';
import { leaseTimes } from '../../../runtime/worker/times.js';
import type { Ending } from '../../../workflows/contract.js';
import { plantMachineToken } from '../../support/estate.js';
import { migrated } from '../../support/hera.js';
import type { TestDatabase } from '../../support/servers.js';

// Ticks, deployments, openings, endings and marks from many hands at once, over random graphs: whatever the order, every run whose needs
// succeeded, by itself or by a mark, runs exactly once, none runs after its mark, every other waits with a reason, and nothing is forgotten.
// Real Postgres, real transactions; the hands of
// Temporal are played by this test, which may be as clumsy as it likes.

type Estate = Readonly<{
  needs: readonly (readonly number[])[];
  fails: readonly boolean[];
  retries: readonly boolean[];
  /** Whose success a person marks meanwhile, as soon as no turn of it is in the way. */
  marks: readonly boolean[];
}>;

const estates: fc.Arbitrary<Estate> = fc.integer({ min: 2, max: 9 }).chain((size) =>
  fc.record({
    needs: fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 3 }),
      ),
    ),
    fails: fc
      .array(
        fc.boolean().map((fails) => fails),
        { minLength: size, maxLength: size },
      )
      .map((all) => all.map((fails, i) => fails && i % 3 === 1)),
    retries: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    marks: fc.array(
      fc.nat(3).map((n) => n === 0),
      { minLength: size, maxLength: size },
    ),
  }),
);

const name = (i: number): string => `j/n${String(i).padStart(2, '0')}`;

/** `edition`: changes every definition and no need. */
function filesOf(project: string, estate: Estate, edition: number): ReadonlyMap<string, Uint8Array> {
  const files: Record<string, string> = { 'hera.project.yaml': `name: ${project}\nzone: UTC\n` };
  estate.needs.forEach((needs, i) => {
    const when = `schedule: "0 0 * * *"\n`;
    const wants = needs.length === 0 ? '' : `needs: [${needs.map(name).join(', ')}]\n`;
    const retries = estate.retries[i] ? 'retries: { times: 1, wait: 0s }\n' : '';
    files[`${name(i)}.yaml`] = `title: edition ${edition}\n${when}${wants}${retries}run: { shell: "true" }\n`;
  });
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

let base: TestDatabase;
let database: Database;
let token: Readonly<{ secret: string; id: string }>;
beforeAll(async () => {
  base = await migrated();
  database = openDatabase(base.url, { max: 16 });
  token = await plantMachineToken(database, ['default']);
});
afterAll(async () => {
  await database.end({ timeout: 5 });
  await base.drop();
});

const contextOf = (): ControlContext => ({
  database,
  deployed: new DeployedCache(),
  kick: () => {},
  log: openLog({ name: 'test', level: 'silent' }),
  hooks: {},
});

const FACTS = { cpus: 1, memoryBytes: 1, memoryFreeBytes: 1, load: [0, 0, 0], slotsUsed: 0, slots: 1 };
const INSTANT = '2030-01-01T00:00:00Z';

/** Puts so many editions of the estate in force, one after the other. */
async function deploy(context: ControlContext, project: string, estate: Estate, editions: readonly number[]) {
  for (const edition of editions) {
    const [force] = await database<
      { id: string | null }[]
    >`select deployment as id from project where name = ${project}`;
    await put(context, filesOf(project, estate, edition), force?.id ?? null);
  }
}

async function put(context: ControlContext, tree: ReadonlyMap<string, Uint8Array>, plannedOn: string | null) {
  await applyDeployment(context, {
    tree,
    info: {
      commit: randomUUID().replaceAll('-', '').padEnd(40, '0'),
      subject: 's',
      author: 'a',
      committedAt: null,
      dirty: false,
    },
    plannedOn,
    allowPrune: false,
    by: 'tester',
    via: 'test',
    isDescendantOf: async () => true,
  });
}

async function timetableOf(project: string): Promise<string> {
  const [row] = await database<{ id: string }[]>`select id from timetable where project = ${project}`;
  return row!.id;
}

/** What deployments and marks owe to the runs that wait. */
async function payPages(context: ControlContext): Promise<void> {
  const due = () => takeDue(database, 100, ['skip', 'release', 'reevaluate', 'places']);
  while ((await sweepPages(context, await due())) > 0);
}

/** Executes whatever is queued, as several workflows would, until nothing is; each step is asked twice at once. */
async function workOff(context: ControlContext, project: string, estate: Estate): Promise<void> {
  const attempts = createAttempts({ database, times: leaseTimes(1) });
  const machine = { id: token.id, machineGroups: ['default'] };
  const instance = randomUUID();
  await attempts.renew(machine, {
    instance,
    host: 'h',
    pid: 1,
    machineGroups: ['default'],
    version: 't',
    draining: false,
    facts: FACTS,
    attempts: [],
  });
  const twice = async <T>(work: () => Promise<T>): Promise<T> => (await Promise.all([work(), work()]))[0];
  for (;;) {
    const queued = await database<{ id: string; path: string }[]>`
      select run.id, job.path from run join job on job.id = run.job
      where run.project = ${project} and exists (select from turn where turn.run = run.id and ending is null)`;
    if (queued.length === 0) return;
    await Promise.all(
      queued.map(async ({ id, path }) => {
        const opened = await twice(() => open(context, { run: id, temporalRunId: 'w' }));
        if (opened.kind !== 'go') return;
        const begun = await attempts.begin(machine, { run: id, turn: opened.turn, instance, host: 'h' });
        expect(begun.kind).toBe('granted');
        const ending: Ending = { kind: 'exited', code: estate.fails[Number(path.slice(-2))] ? 1 : 0 };
        await twice(() => settle(context, id, opened.turn, ending));
      }),
    );
  }
}

/** Marks a period, again as long as a turn is in the way; answers how many attempts it has had by then: the last one that it may have. */
async function markOne(context: ControlContext, project: string, i: number): Promise<number> {
  const request: MarkRequest = {
    ...{ project, by: 'ann', via: 'test', state: 'succeeded', reason: 'seen to be there', hash: null },
    chosen: { periods: [{ job: name(i), period: new Date(INSTANT) }] },
  };
  for (;;)
    try {
      const { hash } = await mark(context, request);
      await mark(context, { ...request, hash });
      return (await look(project)).find((run) => run.path === name(i))!.attempts;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== 'conflict' && code !== 'stale') throw error;
      await new Promise((again) => setTimeout(again, 5));
    }
}

type Seen = Readonly<{
  path: string;
  state: string;
  turns: number;
  attempts: number;
  reasons: readonly unknown[];
  fact: string;
}>;

const look = (project: string): Promise<readonly Seen[]> => database<Seen[]>`
  select job.path, run.state, run.turn as turns, run.reasons, coalesce(fact.state, 'none') as fact,
         (select count(*)::int from attempt where attempt.run = run.id) as attempts
  from run join job on job.id = run.job
  left join fact on fact.project = run.project and fact.job = run.job and fact.period = run.period
  where run.project = ${project} order by job.path`;

/** What must come out, computed from the graph and from the attempts that marked ones had had. */
function expected(
  estate: Estate,
  hadAt: ReadonlyMap<number, number>,
): readonly Pick<Seen, 'path' | 'state' | 'attempts'>[] {
  const states: string[] = [];
  return estate.needs.map((needs, i) => {
    const may = needs.every((need) => states[need] === 'succeeded');
    states[i] = estate.marks[i] ? 'succeeded' : !may ? 'waiting' : estate.fails[i] ? 'failed' : 'succeeded';
    const attempts = hadAt.get(i) ?? (!may ? 0 : estate.fails[i] && estate.retries[i] ? 2 : 1);
    return { path: name(i), state: states[i]!, attempts };
  });
}

describe('many hands at once', () => {
  test('every run runs exactly as often as the graph says, in whatever order ticks, deployments, openings, endings and marks come', async () => {
    await fc.assert(
      fc.asyncProperty(estates, fc.integer({ min: 1, max: 3 }), fc.nat(2), async (estate, ticks, editions) => {
        const project = `p${randomUUID().slice(0, 8)}`;
        const context = contextOf();
        await deploy(context, project, estate, [0]);
        const timetable = await timetableOf(project);
        // The instant lies ahead of the deployment, so that the one in force at it is this one.
        const page = () => tickPage(context, { timetable, instant: INSTANT });
        const marked = estate.marks.flatMap((is, i) => (is ? [i] : []));
        const marks = Promise.all(marked.map(async (i) => [i, await markOne(context, project, i)] as const));
        await Promise.all([
          ...Array.from({ length: ticks }, page),
          deploy(context, project, estate, [1, 2].slice(0, editions)),
          payPages(context),
          workOff(context, project, estate),
        ]);
        // A turn that a tick asked after that is in the way of a mark until it is worked off.
        const hadAt = new Map((await Promise.all([marks, workOff(context, project, estate)]))[0]);
        await payPages(context);
        await workOff(context, project, estate);
        const seen = await look(project);
        expect(seen.map(({ path, state, attempts }) => ({ path, state, attempts }))).toEqual(expected(estate, hadAt));
        for (const run of seen) {
          expect(run.fact).toBe(run.state === 'waiting' ? 'none' : run.state);
          if (run.state === 'waiting') expect(run.reasons.length).toBeGreaterThan(0);
        }
        const [left] = await database<{ holds: number; needs: number }[]>`
          select (select count(*)::int from hold join run on run.id = hold.run where run.project = ${project}) as holds,
                 (select count(*)::int from need join run on run.id = need.run where run.project = ${project} and run.state <> 'waiting') as needs`;
        expect(left).toEqual({ holds: 0, needs: 0 });
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 180_000);
});
