import type { Draft, DraftJob } from '../manifest/draft.js';
import type { Times } from '../manifest/times.js';
import type { Finding } from './diagnostic.js';

// A rule about one job says the same of it as long as nothing that it looks at is new: the job with the levels above it, when it fires, the jobs
// that it needs and when those fire, the project, the names of workday calendars. All of these are kept as objects from one compilation to the
// next (`made-once.ts`), so that one edit costs the rules for what was edited and for what needs that, and one comparison for every other job.
// A rule that looks at anything else does not belong among those that are given suspects only.

type About = Readonly<{ draft: Draft; times: Times }>;

const cleared = new WeakMap<DraftJob, readonly unknown[]>();

/** The jobs of which the rules may have something to say that they did not say before. */
export function suspectsOf(about: About): readonly DraftJob[] {
  const shared = sharedOf(about);
  const suspects: DraftJob[] = [];
  for (const job of about.draft.byId.values()) {
    const known = cleared.get(job);
    if (known === undefined || !isAsBefore(known, job, about, shared)) suspects.push(job);
  }
  return suspects;
}

/** Jobs in whose files nothing was found: they are no suspects until something beside them is another. */
export function clear(about: About, jobs: readonly DraftJob[], findings: readonly Finding[]): void {
  const guilty = new Set(findings.flatMap(({ at }) => (at === null ? [] : ['place' in at ? at.place.file : at.file])));
  const shared = sharedOf(about);
  const { draft, times } = about;
  for (const job of jobs) {
    const needs = job.needs.flatMap((need) => (need.kind === 'job' ? [need] : []));
    const areKnown = needs.every(({ id }) => id !== null && draft.byId.has(id));
    if (guilty.has(job.file) || !areKnown) continue;
    const beside = needs.flatMap(({ id }) => [draft.byId.get(id!), times.get(id!)]);
    cleared.set(job, [...shared, times.get(job.id), ...beside]);
  }
}

const sharedOf = ({ draft }: About): readonly unknown[] => [draft.project, [...draft.workdays].join('\n')];

function isAsBefore(
  known: readonly unknown[],
  job: DraftJob,
  { draft, times }: About,
  shared: readonly unknown[],
): boolean {
  if (known[0] !== shared[0] || known[1] !== shared[1] || known[2] !== times.get(job.id)) return false;
  let at = 3;
  for (const need of job.needs) {
    if (need.kind !== 'job') continue;
    if (known[at++] !== draft.byId.get(need.id!) || known[at++] !== times.get(need.id!)) return false;
  }
  return true;
}
