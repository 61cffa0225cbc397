import { type UnlistedYears, unlistedWords } from '../../compiler/plan/index.js';
import type { Ending, Outcome } from '../../workflows/contract.js';
import { raiseAlert } from '../store/alert.js';
import { failuresOf } from '../store/backfill.js';
import type { Queryable, Transaction } from '../store/database.js';
import type { RunRow } from '../store/run.js';
import type { TurnRow } from '../store/turn.js';

// What is an alert, and when it is the same one again. Raised in the transaction of what it tells, so that none is lost and none is made up.

// By hand somebody watches; a backfill tells once, at its end.
const SILENT: ReadonlySet<string> = new Set(['manual', 'scratch', 'backfill']);

/** A turn ended for good, without success. */
export async function raiseRunFailed(
  tx: Transaction,
  run: RunRow,
  turn: TurnRow,
  ended: Readonly<{ outcome: Outcome; ending: Ending; reason: string | null }>,
): Promise<void> {
  if (SILENT.has(turn.trigger) || (ended.outcome !== 'failed' && ended.outcome !== 'timed_out')) return;
  const { outcome, ending, reason } = ended;
  await raiseAlert(tx, {
    key: `run:${run.id}:${turn.n}`,
    ...{ kind: 'run-failed', project: run.project, run: run.id },
    body: { outcome, reason, ending, trigger: turn.trigger, turn: turn.n, retries: turn.retry },
  });
}

/** An operation is finished, and some of its members failed. */
export async function raiseBackfillFailed(sql: Queryable, operation: string): Promise<void> {
  await tellFailures(sql, operation, 'end', 0);
}

/** Nothing of a backfill moves any more, and so many of its members wait for those that failed: told once in a round, long before its end. */
export async function raiseBackfillStopped(sql: Queryable, operation: string, waiting: number): Promise<void> {
  await tellFailures(sql, operation, 'stopped', waiting);
}

async function tellFailures(sql: Queryable, operation: string, when: string, waiting: number): Promise<void> {
  const found = await failuresOf(sql, operation);
  if (found === undefined || found.failed === 0) return;
  const { project, failed, members, rounds } = found;
  await raiseAlert(sql, {
    key: `operation:${operation}:${rounds}:${when}`,
    ...{ kind: 'backfill-failed', project, body: { operation, failed, members, ...(waiting > 0 && { waiting }) } },
  });
}

/** Ticks that the ledger found missing, when it is too late to call them late only. */
export async function raiseTicksMissed(
  sql: Queryable,
  project: string,
  timetable: string,
  instants: readonly number[],
): Promise<void> {
  const [first, last] = [instants[0], instants.at(-1)];
  if (first === undefined || last === undefined) return;
  await raiseAlert(sql, {
    // By the last: the first ones are made while the next round already looks.
    key: `ticks:${timetable}:${last}`,
    ...{ kind: 'ticks-missed', project },
    body: {
      timetable,
      count: instants.length,
      first: new Date(first).toISOString(),
      last: new Date(last).toISOString(),
    },
  });
}

/** Runs are queued for a group that nobody serves: once for each first run that waits. */
export async function raiseGroupIdle(
  sql: Queryable,
  group: Readonly<{ project: string; machineGroup: string; runs: number; since: Date; run: string }>,
): Promise<void> {
  const { project, machineGroup, runs, since, run } = group;
  await raiseAlert(sql, {
    key: `group:${project}:${machineGroup}:${run}:${since.getTime()}`,
    ...{ kind: 'group-idle', project, body: { machineGroup, runs, since: since.toISOString() } },
  });
}

/** A workday calendar lacks a year that comes, or is here: once for each year, and again when the alerts of that time are gone. */
export async function raiseYearMissing(sql: Queryable, project: string, unlisted: UnlistedYears): Promise<void> {
  const { calendar, years, jobs } = unlisted;
  await raiseAlert(sql, {
    key: `year:${project}:${calendar}:${years.join()}`,
    ...{ kind: 'year-missing', project },
    body: { calendar, years, jobs: jobs.length, ...unlistedWords(unlisted) },
  });
}

/** The ledger mended what should not have been: a mistake of Hera. */
export async function raiseBug(sql: Queryable, key: string, what: string, facts: object): Promise<void> {
  await raiseAlert(sql, { key: `bug:${key}`, kind: 'bug', project: null, body: { what, ...facts } });
}
