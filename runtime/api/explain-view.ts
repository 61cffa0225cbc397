import { parsePeriod, printPeriod, printPeriodIn, ticks } from '../../compiler/calendar/index.js';
import { type Awaited, awaited } from '../../compiler/manifest/index.js';
import { invalid } from '../errors.js';
import type { Database } from '../store/database.js';
import type { DeployedJob } from '../store/deployment.js';
import { latestOf } from '../store/latest.js';
import { type Standing, standingOf } from '../store/read-explain.js';
import { readRunRecord } from '../store/read-run.js';
import { liveGroups, needsOf } from '../store/read-run-detail.js';
import { type Span, whyNoTick, whyNotRun } from './absence.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import type { Explanation } from './explain-contract.js';
import { FORMS } from './meant-period.js';
import { printInstant, printMaybe, viewRun } from './run-view.js';

// Why a period of a job has run, runs, waits or does not exist; what it awaits, since when, who can end the wait and how.

type Need = Explanation['needs'][number];
type Context = Readonly<{ database: Database; catalogue: Catalogue; now: number; aliveSeconds: number }>;

/** The explanation of what a person typed. A day means the job's only period of it; several are listed (`invalid`). */
export async function explain(context: Context, job: DeployedJob, typed: string): Promise<Explanation> {
  const { catalogue } = context;
  const span = spanOf(job, typed);
  const calendar = calendarOf(catalogue, job.body);
  const found = calendar ? ticks(calendar, span.from, span.to) : [];
  if (found.length > 1) throw several(job, found);
  const period = found[0] ?? span.from;
  const [standing] = await standingOf(context.database, catalogue.project, [
    { job: job.number, period: new Date(period) },
  ]);
  const run = standing!.run === null ? undefined : await readRunRecord(context.database, standing!.run);
  const scene = { catalogue, liveGroups: await liveGroups(context.database, context.aliveSeconds) };
  const hasTick = found.length === 1;
  return {
    project: catalogue.project,
    job: job.path,
    period: printPeriod(period),
    periodLocal: printPeriodIn(job.body.zone, period),
    zone: job.body.zone,
    run: standing!.run,
    state: run?.state ?? 'none',
    since: printMaybe(standing!.since),
    reasons: run ? viewRun(scene, run).reasons : [],
    absent: run ? null : hasTick ? whyNotRun(job, period, context.now) : whyNoTick(calendar, span),
    needs: run || hasTick ? await needsAt(context, job, period, standing!) : [],
  };
}

function spanOf({ body }: DeployedJob, text: string): Span {
  const typed = parsePeriod(text, body.zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no period`, { help: FORMS });
  return typed.kind === 'instant' ? { from: typed.instant, to: typed.instant + 1 } : { from: typed.from, to: typed.to };
}

function several({ path, body }: DeployedJob, found: readonly number[]) {
  const shown = found.slice(0, 24).map((at) => printPeriodIn(body.zone, at));
  return invalid(`${path} has ${found.length} periods there`, { help: `name one: ${shown.join(', ')}` });
}

/** By the definitions in force; of a run that waits, whether each need is met as the run itself has it. */
async function needsAt(
  { database, catalogue, now }: Context,
  job: DeployedJob,
  period: number,
  own: Standing,
): Promise<Need[]> {
  const wanted = await withLatest(database, catalogue, awaited(catalogue.definitions, job.body, period));
  const keys = wanted.flatMap((need) => {
    const upstream = catalogue.byPath.get(need.job);
    return upstream ? need.periods.map((at) => ({ job: upstream.number, period: new Date(at) })) : [];
  });
  const standings = new Map(
    (await standingOf(database, catalogue.project, keys)).map((one) => [keyOf(one.job, one.period.getTime()), one]),
  );
  const open = new Map(
    (own.state === 'waiting' ? await needsOf(database, own.run!) : []).map((need) => [
      `${need.job}@${need.period.getTime()}`,
      need.met,
    ]),
  );
  return wanted.flatMap((need): Need[] => {
    const upstream = catalogue.byPath.get(need.job);
    if (need.periods.length === 0 || !upstream) return [without(need)];
    return need.periods.map((at) =>
      needAt(need, upstream, standings.get(keyOf(upstream.number, at))!, { now, met: open.get(`${need.job}@${at}`) }),
    );
  });
}

/** A need on the latest has the period that is the latest now. */
async function withLatest(
  database: Database,
  catalogue: Catalogue,
  wanted: readonly Awaited[],
): Promise<readonly Awaited[]> {
  const numberOf = (need: Awaited): string | undefined => catalogue.byPath.get(need.job)?.number;
  const asked = wanted.filter((need) => need.reason === 'latest').flatMap((need) => numberOf(need) ?? []);
  const latest = await latestOf(database, catalogue.project, asked);
  return wanted.map((need): Awaited => {
    const at = need.reason === 'latest' ? latest.get(numberOf(need) ?? '') : undefined;
    return at === undefined ? need : { ...need, reason: null, periods: [at.getTime()] };
  });
}

const keyOf = (job: string, at: number): string => `${job}@${at}`;

const without = ({ job, optional, reason }: Awaited): Need => ({
  ...{ job, period: null, state: 'none', since: null, optional, run: null, owner: null, why: reason },
  help: reason === 'latest' && !optional ? `it has never run: hera run ${job}` : null,
  met: reason !== 'latest' || optional,
});

function needAt(
  need: Awaited,
  upstream: DeployedJob,
  standing: Standing,
  { now, met }: Readonly<{ now: number; met: boolean | undefined }>,
): Need {
  const at = standing.period.getTime();
  const isEarlier = at < upstream.firstInForceAt.getTime() && standing.run === null && standing.fact === 'none';
  // A job's own periods before its first deployment never were, and an optional one is not waited for (D8, D9).
  const isWaived = isEarlier && (need.optional || (typeof need.form === 'object' && 'self' in need.form));
  const isMet =
    met ?? (isWaived || (need.on === 'finished' ? standing.fact !== 'none' : standing.fact === 'succeeded'));
  return {
    job: need.job,
    period: printPeriod(at),
    state: standing.fact === 'none' ? standing.state : standing.fact,
    since: standing.since && printInstant(standing.since),
    met: isMet,
    optional: need.optional,
    run: standing.run,
    owner: upstream.body.owner,
    why: isEarlier ? 'before-deployment' : null,
    help: isMet ? null : helpFor(upstream, standing, { now, isEarlier }),
  };
}

/** How the wait for a period ends. */
function helpFor(
  { path, body }: DeployedJob,
  { period, run, state, fact }: Standing,
  { now, isEarlier }: Readonly<{ now: number; isEarlier: boolean }>,
): string {
  const at = printPeriodIn(body.zone, period.getTime());
  const again = `hera backfill ${path} --from ${at} --to ${printPeriodIn(body.zone, period.getTime() + 1000)}`;
  const mark = `hera mark ${path}@${at} --as succeeded --reason …`;
  if (fact !== 'none') return `it ended ${fact}: mend it, then ${again}; or, if it is well as it is: ${mark}`;
  if (state === 'queued' || state === 'running') return `it is ${state}: hera logs -f ${run}`;
  if (run !== null) return `ask why it is ${state}: hera explain ${path}@${at}`;
  if (period.getTime() > now) return `its tick comes at ${at}`;
  if (isEarlier) return `it was first deployed later: ${again}; or, if nobody needs it: ${mark}`;
  return `ask why there is no run: hera explain ${path}@${at}`;
}
