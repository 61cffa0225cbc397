import { afterOpenTime, isOpen, opensAt, printTimeWindow } from '../../compiler/calendar/index.js';
import type { BackfillRecord } from '../store/read-backfill.js';
import type { Backfill } from './backfill-contract.js';
import { printInstant, printMaybe } from './run-view.js';

const OPEN = ['planned', 'waiting', 'queued', 'running'];

/** A backfill as the API shows it, at `now` by the database's clock. */
export function viewBackfill(row: BackfillRecord, now: Date): Backfill {
  const { request, window, zone } = row;
  const left = OPEN.reduce((sum, state) => sum + (row.states[state] ?? 0), 0);
  const progress = progressOf(row, now.getTime());
  const at = (value: unknown): string => new Date(value as string).toISOString().replace('.000Z', 'Z');
  const opens = window === null || progress === 'ended' ? null : opensAt(window, zone, now.getTime());
  const ends = progress === 'going' || progress === 'making' || progress === 'closed' ? endOf(row, left, now) : null;
  return {
    ...{ operation: row.operation, project: row.project, progress },
    ...{ jobs: (request.jobs as string | null | undefined) ?? null, from: at(request.from), to: at(request.to) },
    ...{ only: (request.only ?? 'all') as Backfill['only'], downstream: request.downstream === true },
    ...{ order: row.direction, parallel: row.parallel, window: window && printTimeWindow(window), zone },
    ...{ retries: row.retries, askedBy: row.askedBy, askedAt: printInstant(row.askedAt) },
    ...{ pausedBy: row.pausedBy, pausedAt: printMaybe(row.pausedAt) },
    ...{ cancelledBy: row.cancelledBy, cancelledAt: printMaybe(row.cancelledAt) },
    ...{ finishedAt: printMaybe(row.finishedAt), rounds: row.rounds, members: row.members },
    ...{ states: { ...row.states }, done: row.members - left },
    opensAt: opens === null || opens <= now.getTime() ? null : printInstant(new Date(opens)),
    endsAt: ends === null ? null : printInstant(new Date(ends)),
  };
}

function progressOf(row: BackfillRecord, now: number): Backfill['progress'] {
  if (row.finishedAt !== null) return 'ended';
  if (row.cancelledAt !== null) return 'cancelling';
  if (row.pausedAt !== null) return 'paused';
  const busy = (row.states.queued ?? 0) + (row.states.running ?? 0);
  if (busy === 0 && row.window !== null && !isOpen(row.window, row.zone, now)) return 'closed';
  if (!row.isMade) return 'making';
  const failed = (row.states.failed ?? 0) + (row.states.timed_out ?? 0);
  return busy === 0 && row.movable === 0 && failed > 0 ? 'stopped' : 'going';
}

/** What is left, at the pace of what was: its places, or fewer where jobs do not overlap, and only while it may start. */
function endOf({ averageMs, parallel, atOnce, window, zone }: BackfillRecord, left: number, now: Date): number | null {
  if (averageMs === null || left === 0) return null;
  const places = Math.min(parallel, atOnce ?? parallel, left);
  const workMs = Math.ceil(left / places) * averageMs;
  return window === null ? now.getTime() + workMs : afterOpenTime(window, zone, now.getTime(), workMs);
}
