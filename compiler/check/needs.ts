import type { Draft, DraftJob } from '../manifest/draft.js';
import { isEnabled, isValueUnread } from '../manifest/draft.js';
import type { DraftNeed } from '../manifest/job-file.js';
import type { Times } from '../manifest/times.js';
import { FULL_WIDTH, halfWidth } from '../source/full-width.js';
import { type At, type Finding, type Report, suggest } from './diagnostic.js';
import { nearestPlace } from './places.js';

/** Every need names a job that exists, is open and is named once; and the job has ticks by which its periods can be told. */
export function checkNeeds(draft: Draft, jobs: readonly DraftJob[], times: Times, report: Report): void {
  for (const job of jobs) {
    const seen = new Set<string>();
    for (const need of job.needs) {
      // The same upstream may be named twice, for other periods each (D13).
      const name = need.kind === 'self' ? 'self' : (need.id ?? need.written);
      const key = JSON.stringify([name, need.kind === 'self' ? need.offset : need.periods]);
      if (seen.has(key))
        report({
          code: 'HERA2013',
          message: `\`${job.id}\` names the same need twice: \`${name}\``,
          at: need.at,
          help: 'remove one',
        });
      else if (need.kind === 'job') checkNeed(draft, times, job, need, report);
      seen.add(key);
    }
    checkSelf(draft, times, job, report);
  }
}

function checkNeed(
  draft: Draft,
  times: Times,
  job: DraftJob,
  need: Extract<DraftNeed, { kind: 'job' }>,
  report: Report,
): void {
  const upstream = need.id === null ? undefined : draft.byId.get(need.id);
  // An optional need blocks nothing, so that what is closed or unknown is no error (D9).
  if (!upstream) {
    if (isUnread(draft, need.id)) return;
    const finding = unknownNeed(draft, job, need);
    report(need.optional ? { ...finding, code: 'HERA2014', label: need.id === null ? undefined : IDLE } : finding);
  } else if (need.optional && !isEnabled(upstream)) {
    if (isEnabled(job) && !isValueUnread(upstream, 'enabled')) report(idleNeed(job, upstream, need.at));
  } else if (!isEnabled(upstream) && isEnabled(job)) {
    if (isValueUnread(job, 'enabled')) return;
    const notes = [{ message: `\`${upstream.id}\` is defined here`, at: nearestPlace(upstream) }];
    report({
      code: 'HERA2005',
      message: `\`${job.id}\` needs \`${upstream.id}\`, which is closed`,
      at: need.at,
      label: 'never runs',
      notes,
      help: 'open it, close this job too, or remove the need',
    });
  } else if (times.get(upstream.id) === null && times.has(job.id) && need.periods.kind !== 'latest') {
    report({
      code: 'HERA2011',
      message: `\`${job.id}\` needs \`${upstream.id}\`, which never fires`,
      at: need.at,
      label: 'is run by hand only',
      help: 'give it a `schedule`, or needs that have one',
    });
  }
}

const IDLE = 'optional, and never waited for';

const idleNeed = (job: DraftJob, upstream: DraftJob, at: At): Finding => ({
  code: 'HERA2014',
  message: `\`${job.id}\` has an optional need of \`${upstream.id}\`, which is closed`,
  at,
  label: IDLE,
  notes: [{ message: `\`${upstream.id}\` is defined here`, at: nearestPlace(upstream) }],
  help: 'open it, or remove the need',
});

/** A file that exists and could not be read has its own diagnostic. */
function isUnread({ unread }: Draft, id: string | null): boolean {
  if (id === null) return false;
  if (unread.has(id)) return true;
  for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1))
    if (unread.has(id.slice(0, at))) return true;
  return false;
}

const wideHelp = (written: string): string | undefined => {
  const sign = FULL_WIDTH.exec(written)?.[0];
  return sign === undefined
    ? undefined
    : `\`${sign}\` is a full-width sign: write \`${halfWidth(written).replace(/,\s*/g, ', ')}\``;
};

function unknownNeed(draft: Draft, job: DraftJob, { id, written, at }: Extract<DraftNeed, { kind: 'job' }>): Finding {
  if (id === null)
    return { code: 'HERA2003', message: `\`${job.id}\` needs \`${written}\`, which leads out of the repository`, at };
  const message = `\`${job.id}\` needs \`${id}\`, which is not a job`;
  const several = [...draft.byId.keys()].filter((one) => one.startsWith(`${id}/`));
  const help =
    several.length > 0
      ? `\`${id}\` holds several jobs; name one: ${several
          .slice(0, 5)
          .map((one) => `\`${one}\``)
          .join(', ')}`
      : (wideHelp(written) ??
        selfHelp(written, job.file) ??
        sameName(id, draft) ??
        suggest(id, [...draft.byId.keys()]));
  return { code: 'HERA2003', message, at, label: 'no such job', help };
}

/** No job may be meant by these. */
const selfHelp = (written: string, file: string): string | undefined =>
  /^(?:self|previous|self[.:] ?previous(?:\(\))?)$/.test(written)
    ? `for its own previous period write \`${file.endsWith('.ts') ? 'self.previous()' : '{ self: previous }'}\``
    : undefined;

/** Its file for the job, or its name without the folder: more is meant by them than by letters that are alike. */
function sameName(id: string, { byId }: Draft): string | undefined {
  const bare = id.replace(/\.(?:ya?ml|[jt]s)$/, '');
  const name = bare.slice(bare.lastIndexOf('/') + 1);
  const meant = byId.has(bare) ? [bare] : [...byId.keys()].filter((one) => one.endsWith(`/${name}`));
  if (meant.length === 0 || meant.length > MOST_MEANT) return undefined;
  return `did you mean ${meant.map((one) => `\`${one}\``).join(' or ')}?`;
}

const MOST_MEANT = 3;

/** B4: a job that needs only its own past has no ticks to have a past in. */
function checkSelf(draft: Draft, times: Times, job: DraftJob, report: Report): void {
  const self = job.needs.find((need) => need.kind === 'self');
  if (!self || times.get(job.id) !== null) return;
  const others = job.needs.some((need) => need.kind === 'job' && need.id !== null && draft.byId.has(need.id));
  if (!others)
    report({
      code: 'HERA2012',
      message: `\`${job.id}\` needs its previous period, but never fires`,
      at: self.at,
      help: 'give it a `schedule`',
    });
}
