import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Database } from '../../runtime/store/database.js';
import { type LogKey, readChunks } from '../../runtime/store/log.js';
import { EVERY_SECONDS, outputOf, readJournal } from './estate.js';

/** What the soak asks at its end. Of each, the first few that are wrong. */
export type Account = Readonly<{
  runs: number;
  perSecond: number;
  byState: Readonly<Record<string, number>>;
  attempts: number;
  lostAttempts: number;
  /** Ticks × jobs that have no run. */
  missing: readonly string[];
  /** Runs that have not ended. */
  open: readonly string[];
  /** Runs that ended otherwise than they should. */
  wrong: readonly string[];
  /** Two live processes of one run at once. */
  doubles: readonly string[];
  /** Runs whose process came to its end more often than attempts were lost allows. */
  again: readonly string[];
  /** Successful attempts whose stored output is not what was written. */
  bytes: readonly string[];
  /** Processes that live although all workers have ended. */
  alive: readonly string[];
  alerts: Readonly<Record<string, number>>;
}>;

const SHOWN = 10;

/** Runs of periods before `until` that have not ended. */
export async function openRuns(database: Database, until: Date): Promise<readonly string[]> {
  const rows = await database<{ run: string }[]>`
    select job.path || '@' || run.period || ' ' || run.state || ' ' || run.reasons::text as run
    from run join job on job.id = run.job
    where run.period < ${until} and run.state in ('waiting', 'queued', 'running') order by run.id limit 1000`;
  return rows.map(({ run }) => run);
}

export async function accountFor(database: Database, soak: string, until: Date): Promise<Account> {
  const journal = readJournal(soak);
  const [span] = await database<{ from: Date; jobs: number }[]>`
    select (select in_force_at from deployment order by id limit 1) as from, (select count(*)::int from job) as jobs`;
  const states = await database<{ state: string; n: number }[]>`
    select state, count(*)::int as n from run where period < ${until} group by 1 order by 1`;
  const byState = Object.fromEntries(states.map(({ state, n }) => [state, n]));
  const runs = states.reduce((sum, { n }) => sum + n, 0);
  const [attempts] = await database<{ all: number; lost: number }[]>`
    select count(*)::int as all, count(*) filter (where state = 'lost')::int as lost from attempt`;
  return {
    ...{ runs, byState, attempts: attempts!.all, lostAttempts: attempts!.lost },
    perSecond: runs / ((until.getTime() - span!.from.getTime()) / 1000),
    missing: await missingRuns(database, span!.from, until),
    open: (await openRuns(database, until)).slice(0, SHOWN),
    wrong: await wrongEnds(database, until),
    doubles: journal.doubles.slice(0, SHOWN),
    again: await ranAgain(database, journal.ends),
    bytes: await wrongOutputs(database, until),
    alive: processesOf(soak),
    alerts: await alertsByKind(database),
  };
}

async function missingRuns(database: Database, from: Date, until: Date): Promise<readonly string[]> {
  const rows = await database<{ run: string }[]>`
    select job.path || '@' || tick as run
    from job, generate_series(
      to_timestamp(ceil(extract(epoch from ${from}::timestamptz) / ${EVERY_SECONDS}) * ${EVERY_SECONDS}),
      ${until}::timestamptz - interval '1 millisecond', ${EVERY_SECONDS} * interval '1 second') as tick
    where not exists (select from run where run.job = job.id and run.period = tick) order by 1 limit ${SHOWN}`;
  return rows.map(({ run }) => run);
}

/** All succeed in the end; a leaf may also have been cancelled, by us. */
async function wrongEnds(database: Database, until: Date): Promise<readonly string[]> {
  const rows = await database<{ run: string }[]>`
    select job.path || '@' || run.period || ' ' || run.state || ' ' || run.reasons::text as run
    from run join job on job.id = run.job
    where run.period < ${until} and run.state in ('failed', 'timed_out', 'skipped', 'cancelled')
      and not (run.state = 'cancelled' and job.path like '%/leaf')
    order by run.id limit ${SHOWN}`;
  return rows.map(({ run }) => run);
}

/** A process that came to its end and whose verdict was lost with its worker runs again: once for each attempt that was lost. */
async function ranAgain(database: Database, ends: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const often = [...ends].filter(([, n]) => n > 1);
  if (often.length === 0) return [];
  const lost = await database<{ run: string; n: number }[]>`
    select run, count(*)::int as n from attempt where run = any(${often.map(([run]) => run)}::bigint[]) and state = 'lost' group by 1`;
  const allowed = new Map(lost.map(({ run, n }) => [run, n]));
  return often.filter(([run, n]) => n > 1 + (allowed.get(run) ?? 0)).map(([run, n]) => `run ${run}: ${n} times`);
}

const PAGE = 500;

async function wrongOutputs(database: Database, until: Date): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let after = '0'; ; ) {
    const page = await database<(LogKey & Readonly<{ bytes: number }>)[]>`
      select attempt.run, attempt.n, attempt.begun_at as "begunAt", attempt.log_bytes::float8 as bytes
      from attempt join run on run.id = attempt.run
      where attempt.run > ${after} and attempt.outcome = 'succeeded' and run.period < ${until}
      order by attempt.run, attempt.n limit ${PAGE}`;
    for (const key of page) {
      const log = await readChunks(database, key, 0, key.bytes);
      if (hash(log) !== hash(Buffer.from(outputOf(Number(key.run), key.n))))
        wrong.push(`run ${key.run} attempt ${key.n}`);
    }
    const last = page.at(-1);
    if (last === undefined || wrong.length >= SHOWN) return wrong;
    after = last.run;
  }
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function processesOf(soak: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`SOAK=${soak}`);
        return isOurs ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`] : [];
      } catch {
        return [];
      }
    });
}

async function alertsByKind(database: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await database<
    { kind: string; n: number }[]
  >`select kind, count(*)::int as n from alert group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
}

/** What is wrong, in words; empty when all is as promised. */
export function complaints(account: Account): readonly string[] {
  const lists: Readonly<Record<string, readonly string[]>> = {
    'runs missing': account.missing,
    'runs not ended': account.open,
    'runs ended wrongly': account.wrong,
    'two processes of a run at once': account.doubles,
    'runs again without a lost attempt': account.again,
    'output that differs': account.bytes,
    'processes left': account.alive,
    'mistakes of our own found by the ledger': account.alerts.bug ? [`${account.alerts.bug}`] : [],
  };
  return Object.entries(lists).flatMap(([what, all]) => (all.length === 0 ? [] : [`${what}: ${all.join('; ')}`]));
}
