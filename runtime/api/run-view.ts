import { bizdateOf, dataInterval, nominalTicks, printPeriod, printPeriodIn } from '../../compiler/calendar/index.js';
import { awaiting, type Job, type Own, withoutSecrets, withoutSecretVars } from '../../compiler/manifest/index.js';
import { batchLabel } from '../../compiler/render/index.js';
import type { Database } from '../store/database.js';
import { periodStates, type RunRecord } from '../store/read-run.js';
import type { AttemptRecord, DroppedRecord, TurnRecord } from '../store/read-run-detail.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import type { Attempt, Reason, RunDetail, RunSummary } from './contract.js';

// Runs as the API shows them, from the rows of `store/read-run.ts` and the definitions of the catalogue.

export const printInstant = (at: Date): string => at.toISOString();
export const printMaybe = (at: Date | null): string | null => (at === null ? null : at.toISOString());
export const printDate = (at: Date): string => printPeriod(at.getTime());

/** What is needed beside a row: the jobs, and which groups have a worker now. */
export type Scene = Readonly<{ catalogue: Catalogue; liveGroups: ReadonlySet<string> }>;

export function viewRun(scene: Scene, row: RunRecord): RunSummary {
  const job = scene.catalogue.byNumber.get(row.job)?.body;
  return {
    run: row.run,
    project: row.project,
    job: row.path,
    period: printDate(row.period),
    periodLocal: printPeriodIn(job?.zone ?? scene.catalogue.zone, row.period.getTime()),
    state: row.state as RunSummary['state'],
    trigger: row.trigger as RunSummary['trigger'],
    reasons: reasonsOf(scene, row, row.own?.machineGroup ?? job?.machineGroup),
    turn: row.turn,
    cancelling: row.cancelling,
    queuedAt: printMaybe(row.queuedAt),
    startedAt: printMaybe(row.startedAt),
    endedAt: printMaybe(row.endedAt),
    commit: row.commit,
  };
}

/** What control wrote, and for a queued run that nobody will take: no worker. */
function reasonsOf({ liveGroups }: Scene, row: RunRecord, machineGroup: string | undefined): Reason[] {
  const written = row.reasons as unknown as Reason[];
  if (row.state !== 'queued' || machineGroup === undefined || liveGroups.has(machineGroup)) return written;
  return [...written, { kind: 'no-worker', machineGroup }];
}

export function viewAttempt(row: AttemptRecord): Attempt {
  const { ending } = row;
  return {
    n: row.n,
    turn: row.turn,
    trigger: row.trigger as Attempt['trigger'],
    state: row.state,
    outcome: row.outcome,
    commit: row.commit,
    host: row.host,
    machineGroup: row.machineGroup,
    pid: row.pid,
    started: printInstant(row.startedAt),
    ended: printMaybe(row.endedAt),
    exitCode: ending?.code ?? null,
    outputs: ending?.outputs ? withoutSecrets(ending.outputs) : null,
    signal: ending?.signal ?? null,
    note: noteOf(ending),
    applications: (ending?.applications ?? []).map(({ id, link }) => ({ id, link })),
    logBytes: row.logBytes,
    logExpired: row.logExpired,
  };
}

export const viewOwn = (own: Own | null): RunDetail['own'] => own && { ...own, vars: withoutSecretVars(own.vars) };

/** What a reader should know first of how it ended. */
const noteOf = (ending: AttemptRecord['ending']): string | null =>
  ending?.reason ??
  ending?.denied ??
  ending?.outputsRefused ??
  ending?.note ??
  (ending?.kind === 'killed' ? (ending.by ?? null) : null);

export const viewTurn = (row: TurnRecord): RunDetail['turns'][number] => ({
  n: row.n,
  trigger: row.trigger as RunSummary['trigger'],
  retry: row.retry,
  askedBy: row.askedBy,
  askedAt: printInstant(row.askedAt),
  commit: row.commit,
  outcome: row.outcome,
  cancelRequestedAt: printMaybe(row.cancelRequestedAt),
  cancelRequestedBy: row.cancelRequestedBy,
  endedAt: printMaybe(row.endedAt),
  own: viewOwn(row.own),
});

export const viewDropped = ({ at, deployment, commit, dropped }: DroppedRecord): RunDetail['dropped'][number] => ({
  ...{ at: printInstant(at), deployment, commit },
  needs: dropped.map(({ job, period }) => ({ job, period: printDate(new Date(period)) })),
});

/** What the run is about: its bizdate and, for a job with ticks, its data interval. */
export function timeOfRun(
  catalogue: Catalogue,
  job: Job,
  period: Date,
): Pick<RunDetail, 'zone' | 'bizdate' | 'batch' | 'dataInterval'> {
  const calendar = calendarOf(catalogue, job);
  const interval = calendar && job.grain ? dataInterval(calendar, job.grain, period.getTime(), job.zone) : null;
  return {
    zone: job.zone,
    bizdate: bizdateOf(job.zone, calendar ? nominalTicks(calendar, period.getTime()).last : period.getTime()),
    batch: job.batch ? batchLabel(job.batch, period.getTime(), job.zone) : null,
    dataInterval: interval && { start: printPeriod(interval.start), end: printPeriod(interval.end) },
  };
}

type Awaited = RunDetail['needs'][number];
const isMet = (state: string): boolean => state === 'succeeded';

/** How the inputs that a turn was admitted with were, and what their runs are. */
export async function viewInputs(
  database: Database,
  catalogue: Catalogue,
  inputs: TurnRecord['inputs'],
): Promise<readonly Awaited[]> {
  const known = inputs.flatMap((input) => {
    const number = catalogue.byPath.get(input.job)?.number;
    return number === undefined ? [] : [{ job: number, period: new Date(input.period) }];
  });
  const states = new Map(
    (await periodStates(database, catalogue.project, known)).map((state) => [
      `${state.job}@${state.period.getTime()}`,
      state,
    ]),
  );
  return inputs.map((input) => {
    const period = new Date(input.period);
    const now = states.get(`${catalogue.byPath.get(input.job)?.number}@${period.getTime()}`);
    return { job: input.job, period: printDate(period), state: input.state, met: true, run: now?.run ?? null };
  });
}

// A dense job awaits one period of a rare one again and again: its first ones are shown.
const DOWNSTREAM_OF_ONE = 48;
const DOWNSTREAM_SHOWN = 200;

/** The periods of other jobs that await this one, by the definitions in force, and how they stand. */
export async function viewDownstream(
  database: Database,
  catalogue: Catalogue,
  path: string,
  period: Date,
): Promise<readonly Awaited[]> {
  const waiting = (catalogue.downstream.get(path) ?? [])
    .flatMap((job) =>
      awaiting(catalogue.definitions, job.body, path, period.getTime(), DOWNSTREAM_OF_ONE).map((at) => ({
        job: job.number,
        period: new Date(at),
      })),
    )
    .slice(0, DOWNSTREAM_SHOWN);
  return (await periodStates(database, catalogue.project, waiting)).map((state) => ({
    job: catalogue.byNumber.get(state.job)!.path,
    period: printDate(state.period),
    state: state.run === null ? state.fact : state.state,
    met: isMet(state.fact),
    run: state.run,
  }));
}
