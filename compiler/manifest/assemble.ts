import type { Calendar } from '../calendar/index.js';
import { canonicalJson } from './canonical.js';
import { type Draft, type DraftJob, isEnabled, nearestValue } from './draft.js';
import { environmentOf, provenanceOf, variablesOf } from './inherit.js';
import { type Job, MANIFEST_FORMAT, type Manifest, type Need, type Timetable } from './manifest.js';
import type { Scripts } from './scripts.js';
import { type FiringTime, type Times, timetableId, timetableNote } from './times.js';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** The manifest of a draft in which no rule found an error. */
export function assemble(draft: Draft, times: Times, scripts: Scripts): Manifest {
  const { name, zone, machineGroups } = draft.project;
  const timetables = new Timetables(name);
  const jobs = [...draft.byId.values()].map((job) => jobOf(draft, job, times.get(job.id) ?? null, scripts, timetables));
  return { format: MANIFEST_FORMAT, project: { name, zone, machineGroups }, jobs, timetables: timetables.all(jobs) };
}

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
      id = timetableId(this.#project, calendar);
      const known = this.#calendars.get(id);
      if (known && canonicalJson(known) !== canonicalJson(calendar))
        throw new Error(`two calendars have the timetable id ${id}`);
      this.#ids.set(calendar, id);
      this.#calendars.set(id, known ?? calendar);
    }
    return id;
  }

  all(jobs: readonly Job[]): readonly Timetable[] {
    const members = new Map<string, string[]>();
    for (const { id, timetable } of jobs)
      if (timetable !== null) members.set(timetable, [...(members.get(timetable) ?? []), id]);
    return [...members.keys()].sort().map((id) => {
      const calendar = this.#calendars.get(id)!;
      return { id, note: timetableNote(calendar), calendar, jobs: members.get(id)! };
    });
  }
}

function jobOf(draft: Draft, job: DraftJob, time: FiringTime | null, scripts: Scripts, timetables: Timetables): Job {
  const { spec } = job;
  const nearest = <K extends Parameters<typeof nearestValue>[1]>(key: K) => nearestValue(job, key)?.value;
  const catchUp = spec.schedule?.catchUp ?? nearest('catchUp');
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
    zone: time?.zone ?? nearest('zone') ?? draft.project.zone,
    calendar: time && time.base === null ? time.calendar : null,
    crons: spec.schedule?.crons.map(({ text }) => text) ?? [],
    base: time?.base ?? null,
    timetable: time ? timetables.idOf(time.timetable) : null,
    grain: time?.grain ?? null,
    needs: job.needs.map(
      (need): Need =>
        need.kind === 'self'
          ? { kind: 'self', offset: -1 }
          : { kind: 'job', job: need.id!, periods: 'default', on: 'success', optional: false },
    ),
    run: scripts.byJob.get(job.id)!.run,
    machineGroup: nearest('machineGroup') ?? 'default',
    retries: nearest('retries') ?? { times: 0, waitMs: 0 },
    timeoutMs: nearest('timeout') ?? DAY,
    graceMs: nearest('grace') ?? 10 * SECOND,
    overlap: nearest('overlap') ?? 'wait',
    priority: nearest('priority') ?? 'normal',
    catchUp: { policy: catchUp?.policy ?? 'all', withinMs: catchUp?.withinMs ?? 24 * HOUR },
    lateAfterMs: nearest('lateAfter') ?? 5 * MINUTE,
    vars: variablesOf(job),
    env: environmentOf(job),
    provenance: provenanceOf(job),
  };
}
