// Does Hera keep its promises while everything around it breaks? Runs chains, joins, retries and cancels at five runs a second and more,
// on real processes, and kills, stops, cuts, restarts and empties what they run on. `npm run soak -- --minutes N --seed S [--keep]`.
// Ends with a table; exit 1 when a run is missing, double, open or wrong, a byte of output is lost, or a process is left. Linux only (flock, /proc).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Account, accountFor, complaints, openRuns } from './soak/account.js';
import { EVERY_SECONDS, JOBS } from './soak/estate.js';
import { strikeUntil } from './soak/faults.js';
import { type Random, randomFrom } from './soak/random.js';
import { openWorld, type World } from './soak/world.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
  },
});
const MINUTES = Number(values.minutes);
const SEED = Number(values.seed);
/** How long what is left at the end may take. */
const QUIET_MS = 10 * 60_000;

const begun = Date.now();
const say = (line: string): void =>
  void process.stdout.write(`${String(Math.floor((Date.now() - begun) / 1000)).padStart(5)} s  ${line}\n`);

/** Cancels a running leaf now and then. */
async function cancelSome(world: World, random: Random, over: AbortSignal): Promise<number> {
  let cancelled = 0;
  while (!over.aborted) {
    await delay(random.between(1_000, 5_000), undefined, { signal: over }).catch(() => {});
    try {
      const running = await world.database<{ id: string }[]>`
        select run.id from run join job on job.id = run.job
        where job.path like '%/leaf' and run.state in ('running', 'queued') order by random() limit 1`;
      for (const { id } of running) await world.cancel(id).then(() => (cancelled += 1));
    } catch {
      // The database or the server is away, or the run ended first: the next one then.
    }
  }
  return cancelled;
}

/** Waits until every run of a period before `until` has ended. */
async function settleDown(world: World, until: Date): Promise<void> {
  for (const deadline = Date.now() + QUIET_MS; Date.now() < deadline; await delay(2_000)) {
    const open = await openRuns(world.database, until).catch(() => ['the database is away']);
    if (open.length === 0) return;
    say(`${open.length} runs to end`);
  }
}

function table(account: Account, cancelled: number, struck: ReadonlyMap<string, number>): readonly string[] {
  const rows: readonly (readonly [string, string | number])[] = [
    ['runs accounted for', `${account.runs} (${account.perSecond.toFixed(1)}/s) ${JSON.stringify(account.byState)}`],
    ['attempts, of them lost with a worker', `${account.attempts}, ${account.lostAttempts}`],
    ['cancels asked', cancelled],
    ['runs missing', account.missing.length],
    ['runs not ended', account.open.length],
    ['runs ended wrongly', account.wrong.length],
    ['two processes of a run at once', account.doubles.length],
    ['runs again without a lost attempt', account.again.length],
    ['outputs that differ', account.bytes.length],
    ['processes left', account.alive.length],
    ['alerts', JSON.stringify(account.alerts)],
    ...[...struck].sort().map(([name, n]) => [`fault: ${name}`, n] as const),
  ];
  return rows.map(([what, value]) => `${what.padEnd(52)} ${value}`);
}

async function main(): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'hera-soak-'));
  say(`seed ${SEED}, ${MINUTES} minutes, ${JOBS} jobs every ${EVERY_SECONDS} s, in ${home}`);
  const world = await openWorld(home, say);
  try {
    const over = AbortSignal.timeout(MINUTES * 60_000);
    const [struck, cancelled] = await Promise.all([
      strikeUntil(world, randomFrom(SEED), over, say),
      cancelSome(world, randomFrom(SEED + 1), over),
    ]);
    const until = new Date();
    say('no more faults and no more ticks; what is left may end');
    await world.endTicks(until);
    await settleDown(world, until);
    await world.stopWorkers();
    const account = await accountFor(world.database, world.soak, until);
    for (const line of table(account, cancelled, struck)) say(line);
    const wrong = complaints(account);
    for (const line of wrong) say(`WRONG  ${line}`);
    say(wrong.length === 0 ? 'all as promised' : `not as promised (seed ${SEED})`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await world.stop();
    if (values.keep) say(`kept: ${home}`);
    else await rm(home, { recursive: true, force: true });
  }
}

process.exitCode = await main();
