// The state of the lists lives in the URL: a short set of keys, lists joined by commas, defaults left out.
// Pure: what the address says in; what to ask of the API, and what was not understood, out. The latter is shown, never swallowed.

import { isInstantText } from '@/look/time';
import { RUN_STATES, TRIGGERS, type Trigger } from './shapes';

export type SearchParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A value of the address that no filter accepts. */
export type Ignored = Readonly<{ key: string; value: string }>;

export const JOB_KEYS = ['q', 'state', 'folder', 'owner', 'tag', 'group'] as const;
export const RUN_KEYS = ['state', 'job', 'trigger', 'from', 'to', 'operation'] as const;
export type JobFilters = Readonly<Partial<Record<(typeof JOB_KEYS)[number], string>>>;
export type RunFilters = Readonly<Partial<Record<(typeof RUN_KEYS)[number], string>>>;

/** Keys that are not filters: which project, and which attempt or view of a page. */
const OTHER_KEYS = new Set(['project', 'attempt', 'cols', 'tz']);

type Reading<F> = Readonly<{ filters: F; ignored: readonly Ignored[] }>;

export const readJobFilters = (params: SearchParams): Reading<JobFilters> => readFilters(JOB_KEYS, params);
export const readRunFilters = (params: SearchParams): Reading<RunFilters> => readFilters(RUN_KEYS, params);

function readFilters<K extends string>(keys: readonly K[], params: SearchParams): Reading<Partial<Record<K, string>>> {
  const filters: Partial<Record<K, string>> = {};
  const ignored: Ignored[] = [];
  for (const [key, given] of Object.entries(params)) {
    const text = Array.isArray(given) ? given.join(',') : ((given as string | undefined) ?? '');
    if (OTHER_KEYS.has(key) || text === '') continue;
    if (!keys.includes(key as K)) {
      ignored.push({ key, value: text });
      continue;
    }
    const { kept, dropped } = readValue(key, text);
    if (kept !== '') filters[key as K] = kept;
    if (dropped !== '') ignored.push({ key, value: dropped });
  }
  return { filters, ignored };
}

const lists: Readonly<Record<string, readonly string[]>> = { state: RUN_STATES };

function readValue(key: string, text: string): Readonly<{ kept: string; dropped: string }> {
  const list = lists[key];
  if (list) {
    const parts = text.split(',');
    const known = parts.filter((part) => list.includes(part));
    return { kept: known.join(','), dropped: parts.filter((part) => !list.includes(part)).join(',') };
  }
  if (key === 'trigger')
    return TRIGGERS.includes(text as Trigger) ? { kept: text, dropped: '' } : { kept: '', dropped: text };
  const isTime = key === 'from' || key === 'to';
  return isTime && !isInstantText(text) ? { kept: '', dropped: text } : { kept: text, dropped: '' };
}
