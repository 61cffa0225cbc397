import { printPeriod } from '../../compiler/calendar/index.js';
import { type Awaited, awaited, type Job, textsOfOptions } from '../../compiler/manifest/index.js';
import type { NeedOutputs } from '../../compiler/render/index.js';
import type { Transaction } from '../store/database.js';
import { outputsOf } from '../store/fact.js';
import type { Deployed } from './deployed.js';

// What a run may name by `${needs.<job>.<key>}`: the outputs kept with the fact of the last period that each of its needs awaits, by the calendar of the
// deployment it is pinned to. They are read once, when an attempt begins, and kept with it.

const NAMED = '${needs.';

/** Whether any text of a job names an output. */
export const namesOutputs = (job: Job, script: string): boolean =>
  job.needs.length > 0 &&
  [
    ...[script, ...job.run.args, ...textsOfOptions(job.run.options).values()],
    ...[...Object.values(job.env), ...job.vars.flatMap((level) => Object.values(level))],
  ].some((text) => text.includes(NAMED));

/** The outputs that a run of `job` for `period` is given, by the ids of the jobs it needs. */
export async function givenOutputs(tx: Transaction, deployed: Deployed, job: Job, period: Date): Promise<NeedOutputs> {
  const needs = awaited(deployed.jobs, job, period.getTime()).flatMap((need) => {
    const upstream = deployed.byPath.get(need.job);
    return upstream === undefined ? [] : [{ need, job: upstream.number, period: lastOf(need) }];
  });
  const facts = await outputsOf(
    tx,
    deployed.project,
    needs.map(({ job: number, period: at }) => ({ job: number, period: at })),
  );
  return Object.fromEntries(
    needs.map(({ need }, i) => {
      const fact = facts[i];
      const at = fact?.period ?? null;
      return [
        need.job,
        {
          period: at && printPeriod(at.getTime()),
          outputs: fact?.outputs ?? {},
          mayLack:
            need.optional || need.on === 'finished' || need.reason === 'before-start' || isFirst(deployed, need, at),
        },
      ] as const;
    }),
  );
}

const lastOf = (need: Awaited): Date | 'latest' | null =>
  need.reason === 'latest' ? 'latest' : need.periods.length === 0 ? null : new Date(need.periods.at(-1)!);

/** My own period before I was first deployed was never run, and is not waited for. */
function isFirst(deployed: Deployed, need: Awaited, period: Date | null): boolean {
  const own = deployed.byPath.get(need.job);
  return (
    typeof need.form === 'object' &&
    'self' in need.form &&
    own !== undefined &&
    (period === null || period < own.firstInForceAt)
  );
}
