// Days of an estate in minutes: what `hera simulate` says against what a server's control plane does on a real PostgreSQL. Tick after tick is
// made at its instant; runs are opened and settled by sixteen hands at once, some at once, some ticks later, in chance order. In the end the runs are
// compared one by one, and so is the order: none began before all that the simulation says it awaits had ended.
// `npm run bench:month -- [--jobs 10000] [--days 2] [--seed 1]`; docs/benchmarks.md keeps what was measured. Exit 1 where anything differs.
// The hands of Temporal and of workers are this program's; that Temporal fires at every tick is proven by test/runtime/temporal.

import { parseArgs } from 'node:util';
import { printPeriod, ticks } from '../compiler/calendar/index.js';
import { compile, printDiagnostics, simulate, type Tree } from '../compiler/index.js';
import type { Manifest } from '../compiler/manifest/index.js';
import type { ControlContext } from '../runtime/control/context.js';
import { applyDeployment } from '../runtime/control/deploy.js';
import { DeployedCache } from '../runtime/control/deployed.js';
import { open } from '../runtime/control/open.js';
import { sweepPages } from '../runtime/control/sender.js';
import { settle } from '../runtime/control/settle.js';
import { tickPage } from '../runtime/control/tick.js';
import type { Database } from '../runtime/store/database.js';
import { takeDue } from '../runtime/store/outbox.js';
import { monthEstate } from './month/estate.js';
import { withPostgres } from './own-postgres.js';
import { randomFrom } from './soak/random.js';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    days: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const HANDS = 16;
const DAY_MS = 86_400_000;
const random = randomFrom(Number(values.seed));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** When each run began and ended, as places in one order of all that happened. */
type Diary = Readonly<{ began: Map<string, number>; ended: Map<string, number>; next: () => number }>;

async function main(database: Database): Promise<void> {
  const tree: Tree = new Map(
    [...monthEstate(Number(values.jobs))].map(([path, text]) => [path, new TextEncoder().encode(text)]),
  );
  // No power fails here: what a commit waits for the disk is not what is looked at.
  await database`alter system set synchronous_commit = off`;
  await database`select pg_reload_conf()`;
  const { manifest, diagnostics } = await compile(tree);
  if (!manifest) throw new Error(printDiagnostics(diagnostics.slice(0, 5), tree));
  const log = { info() {}, warn() {}, error() {} };
  const context: ControlContext = { database, deployed: new DeployedCache(), kick() {}, log, hooks: {} };
  const from = await putInForce(context, tree);
  const to = from + Number(values.days) * DAY_MS;
  const begun = performance.now();
  const diary = await livedDays(context, manifest, { from, to });
  const seconds = (performance.now() - begun) / 1000;
  say(
    `${manifest.jobs.length} jobs, ${manifest.timetables.length} timetables, ${values.days} days (seed ${values.seed})`,
  );
  say(
    `a server    ${diary.ended.size} runs ended in ${seconds.toFixed(0)} s, ${(diary.ended.size / seconds).toFixed(0)} a second`,
  );
  compare(manifest, { from, to }, diary, await runsOf(database));
}

/** Deploys the estate; the first instant after that, UTC milliseconds. What next runs await of days before is marked. */
async function putInForce(context: ControlContext, tree: Tree): Promise<number> {
  const info = { commit: 'f'.repeat(40), subject: 'bench', author: 'bench', committedAt: null, dirty: false };
  const request = { tree, info, plannedOn: null, allowPrune: true, markMissing: true, by: 'bench', via: 'bench' };
  const { deployment } = await applyDeployment(context, { ...request, isDescendantOf: async () => true });
  const [row] = await context.database<
    { at: Date }[]
  >`select in_force_at as at from deployment where id = ${deployment}`;
  return row!.at.getTime() + 1;
}

async function livedDays(
  context: ControlContext,
  manifest: Manifest,
  { from, to }: Readonly<{ from: number; to: number }>,
): Promise<Diary> {
  let happened = 0;
  const diary: Diary = { began: new Map(), ended: new Map(), next: () => happened++ };
  const at = new Map<number, string[]>();
  for (const { id, calendar } of manifest.timetables)
    for (const tick of ticks(calendar, from, to)) at.set(tick, [...(at.get(tick) ?? []), id]);
  for (const instant of [...at.keys()].sort((a, b) => a - b)) {
    // Timetables of one instant at once, as their workflows are.
    await Promise.all(
      at.get(instant)!.map(async (timetable) => {
        while (!(await tickPage(context, { timetable, instant: printPeriod(instant) })));
      }),
    );
    if (random.next() < 0.3) await workOff(context, diary, random.next());
  }
  while ((await workOff(context, diary, 1)) > 0);
  return diary;
}

/** Opens and settles so much of what is queued, in chance order, many at once; how many there were. */
async function workOff(context: ControlContext, diary: Diary, share: number): Promise<number> {
  const rows = await context.database<{ id: string }[]>`select id from run where state = 'queued' order by id`;
  const left = rows
    .map(({ id }) => ({ id, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, Math.ceil(rows.length * share))
    .map(({ id }) => id);
  const hand = async (): Promise<void> => {
    for (let run = left.pop(); run !== undefined; run = left.pop()) {
      const opened = await open(context, { run, temporalRunId: 'bench' });
      if (opened.kind !== 'go') continue;
      diary.began.set(run, diary.next());
      // Written before it is told: whoever is let go by it begins later.
      diary.ended.set(run, diary.next());
      await settle(context, run, opened.turn, { kind: 'exited', code: 0 });
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
  while (
    (await sweepPages(context, await takeDue(context.database, 100, ['release', 'reevaluate', 'places', 'skip']))) > 0
  );
  return rows.length;
}

type Row = Readonly<{ id: string; state: string; turns: number }>;

async function runsOf(database: Database): Promise<ReadonlyMap<string, Row>> {
  const rows = await database<(Row & { job: string; period: Date })[]>`
    select run.id, run.state, run.turn as turns, job.path as job, run.period from run join job on job.id = run.job where run.turn > 0 or run.owed is not null`;
  return new Map(rows.map((row) => [keyOf(row.job, row.period.getTime()), row]));
}

const keyOf = (job: string, period: number): string => `${job}@${printPeriod(period)}`;

type Expected = Readonly<{ period: number; awaits: readonly string[] }>;

/** What the simulation says, by run. */
function expectedRuns(
  manifest: Manifest,
  range: Readonly<{ from: number; to: number }>,
): ReadonlyMap<string, Expected> {
  const found = new Map<string, Expected>();
  for (const { job, period, needs } of simulate(manifest, range)) {
    const awaits = needs.flatMap((need) =>
      (need.periods === 'latest' ? [] : need.periods)
        // What lies before the deployment was marked, and ran nowhere.
        .filter((awaited) => awaited >= range.from)
        .map((awaited) => keyOf(need.job, awaited)),
    );
    found.set(keyOf(job.id, period), { period, awaits });
  }
  return found;
}

/** Runs that await something behind the end, themselves or through others: they wait when the days are over. */
function waitingAtTheEnd(expected: ReadonlyMap<string, Expected>): ReadonlySet<string> {
  const waits = new Map<string, boolean>();
  const isWaiting = (key: string): boolean => {
    const known = waits.get(key) ?? !expected.get(key)?.awaits.every((one) => !isWaiting(one));
    waits.set(key, known);
    return known;
  };
  return new Set([...expected.keys()].filter(isWaiting));
}

function compare(
  manifest: Manifest,
  range: Readonly<{ from: number; to: number }>,
  { began, ended }: Diary,
  made: ReadonlyMap<string, Row>,
): void {
  const expected = expectedRuns(manifest, range);
  const waiting = waitingAtTheEnd(expected);
  const wrong = made.size === expected.size ? [] : [`${made.size} runs were made`];
  let orders = 0;
  for (const [key, { awaits }] of expected) {
    const row = made.get(key);
    const [state, turns] = waiting.has(key) ? ['waiting', 0] : ['succeeded', 1];
    if (row?.state !== state || row.turns !== turns)
      wrong.push(`${key} is ${row === undefined ? 'no run' : `${row.state} after ${row.turns} turns`}, not ${state}`);
    if (state === 'waiting' || row === undefined) continue;
    orders += awaits.length;
    for (const one of awaits)
      if (!(ended.get(made.get(one)?.id ?? '')! < began.get(row.id)!))
        wrong.push(`${key} began before ${one} had ended`);
  }
  say(`simulate    ${expected.size} runs; ${orders} times one began after another that it awaits`);
  say(`            ${waiting.size} of them await what comes after the last day, and wait`);
  for (const line of wrong.slice(0, 20)) say(`DIFFERS     ${line}`);
  if (wrong.length > 0) throw new Error(`${wrong.length} differences`);
  say('            the same runs, each once, in the same order');
}

await withPostgres('month', HANDS, main);
