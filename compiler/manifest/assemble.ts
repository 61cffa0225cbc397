import type { Calendar } from '../calendar/index.js';
import type { FolderSpec } from '../source/language.js';
import { boundsOf } from './bounds.js';
import { canonicalJson } from './canonical.js';
import { DEFAULTS } from './defaults.js';
import { type Draft, type DraftJob, type DraftProject, isEnabled, nearestValue } from './draft.js';
import { environmentOf, provenanceOf, variablesOf } from './inherit.js';
import type { DraftNeed } from './job-file.js';
import { madeOnce } from './made-once.js';
import { type Job, MANIFEST_FORMAT, type Manifest, type Need, type Project, type Timetable } from './manifest.js';
import { formOf } from './need-form.js';
import type { ScriptPlan, Scripts } from './scripts.js';
import { type FiringTime, type Times, timetableId, timetableNote } from './times.js';

/** The manifest of a draft in which no rule found an error. */
export function assemble(draft: Draft, times: Times, scripts: Scripts): Manifest {
  const timetables = new Timetables(draft.project.name);
  const jobs = [...draft.byId.values()].map((job) => {
    const time = times.get(job.id) ?? null;
    const plan = scripts.byJob.get(job.id)!;
    const timetable = time ? timetables.idOf(time.timetable) : null;
    const baseFile = time?.base ? (draft.byId.get(time.base)?.file ?? null) : null;
    const parts = [draft.project, time, plan, timetable, baseFile] as const;
    return jobOnce(job, parts, () => jobOf(draft.project, job, time, plan, timetable, baseFile));
  });
  return { format: MANIFEST_FORMAT, project: projectOf(draft.project), jobs, timetables: timetables.all(jobs) };
}

function projectOf({ name, zone, machineGroups, spec }: DraftProject): Project {
  const pools = Object.entries(spec.pools ?? {}).map(([name, pool]) => [name, pool.slots ?? 1] as const);
  return {
    ...{ name, zone, machineGroups, regions: spec.regions ?? [], pools: Object.fromEntries(pools) },
    ...{ teams: spec.teams ?? {}, channels: spec.alerts ?? {} },
  };
}

const jobOnce = madeOnce<DraftJob, Job>();

const idOnce = madeOnce<Calendar, string>();
const bytesOnce = madeOnce<Calendar, string>();
const bytesOf = (calendar: Calendar): string => bytesOnce(calendar, [], () => canonicalJson(calendar));

/** Distinct calendars by content, each with its id. */
class Timetables {
  readonly #project: string;
  readonly #ids = new Map<Calendar, string>();
  readonly #calendars = new Map<string, Calendar>();

  constructor(project: string) {
    this.#project = project;
  }

  idOf(calendar: Calendar): string {
    let id = this.#ids.get(calendar);
    if (id === undefined) {
      id = idOnce(calendar, [this.#project], () => timetableId(this.#project, calendar));
      const known = this.#calendars.get(id);
      if (known && known !== calendar && bytesOf(known) !== bytesOf(calendar))
        throw new Error(`two calendars have the timetable id ${id}`);
      this.#ids.set(calendar, id);
      this.#calendars.set(id, known ?? calendar);
    }
    return id;
  }

  all(jobs: readonly Job[]): readonly Timetable[] {
    const members = new Map<string, string[]>();
    for (const { id, timetable } of jobs) {
      if (timetable === null) continue;
      const known = members.get(timetable);
      if (known) known.push(id);
      else members.set(timetable, [id]);
    }
    return [...members.keys()].sort().map((id) => {
      const calendar = this.#calendars.get(id)!;
      return { id, note: timetableNote(calendar), calendar, jobs: members.get(id)! };
    });
  }
}

/** Of a job whose own calendar has them. */
const NO_BOUNDS = { start: null, end: null } as const;

/** Made from these alone: whatever else a field is made from belongs among them, for jobs are kept as long as these are the same. */
function jobOf(
  project: DraftProject,
  job: DraftJob,
  time: FiringTime | null,
  plan: ScriptPlan,
  timetable: string | null,
  baseFile: string | null,
): Job {
  const { spec } = job;
  const nearest = <K extends Parameters<typeof nearestValue>[1]>(key: K) => nearestValue(job, key)?.value;
  const zone = time?.zone ?? nearest('zone') ?? project.zone;
  const catchUp = spec.schedule?.catchUp?.value ?? nearest('catchUp');
  return {
    id: job.id,
    file: job.file,
    title: spec.title ?? null,
    description: spec.description ?? null,
    alias: spec.alias ?? null,
    formerly: spec.formerly ?? [],
    enabled: isEnabled(job),
    owner: nearest('owner') ?? null,
    tags: nearest('tags') ?? [],
    zone,
    calendar: time && time.base === null ? time.calendar : null,
    crons: spec.schedule?.crons.map(({ text }) => text) ?? [],
    base: time?.base ?? null,
    ...((spec.schedule ? undefined : boundsOf(job, zone, () => {})) ?? NO_BOUNDS),
    timetable,
    grain: time?.grain ?? null,
    needs: job.needs.map(needOf),
    run: plan.run,
    machineGroup: nearest('machineGroup') ?? DEFAULTS.machineGroup,
    retries: nearest('retries') ?? DEFAULTS.retries,
    timeoutMs: nearest('timeout') ?? DEFAULTS.timeoutMs,
    graceMs: nearest('grace') ?? DEFAULTS.graceMs,
    expectedDurationMs: nearest('expectedDuration') ?? null,
    doneBy: nearest('doneBy') ?? null,
    alerts: nearest('alerts') ?? null,
    overlap: nearest('overlap') ?? DEFAULTS.overlap,
    priority: nearest('priority') ?? DEFAULTS.priority,
    ...poolsOf(nearest('pools')),
    ...regionsOf(nearest('regions')),
    catchUp: { ...DEFAULTS.catchUp, ...catchUp },
    ...(spec.schedule?.jitterMs && { jitterMs: spec.schedule.jitterMs.value }),
    lateAfterMs: nearest('lateAfter') ?? DEFAULTS.lateAfterMs,
    templates: nearest('templates') ?? DEFAULTS.templates,
    batch: nearest('batch') ?? null,
    locale: project.spec.locale ?? 'en',
    weekStart: project.spec.weekStart ?? 'monday',
    params: Object.entries(spec.params ?? {}).map(([name, { path: _, ...param }]) => ({ name, ...param })),
    vars: variablesOf(job),
    env: environmentOf(job),
    provenance: provenanceOf(job, baseFile === null ? undefined : { file: baseFile, root: [] }),
  };
}

function needOf(need: DraftNeed): Need {
  const { on, optional } = need;
  if (need.kind === 'self') return { kind: 'self', offset: need.offset, on, optional };
  // An optional need on what leads out of the repository names no job, as one on an unknown id.
  const job = need.id ?? need.written;
  return { kind: 'job', job, periods: formOf(need.periods), on, optional, whenNone: need.whenNone };
}

const regionsOf = (regions: FolderSpec['regions']): Pick<Job, 'regions'> =>
  regions === undefined || regions.length === 0 ? {} : { regions };

/** Absent where there are none: what has no pools is the same definition as before pools were known. */
const poolsOf = (pools: FolderSpec['pools']): Pick<Job, 'pools'> =>
  pools === undefined || Object.keys(pools).length === 0 ? {} : { pools };
