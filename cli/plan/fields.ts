import { duration } from '../../compiler/manifest/duration.js';
import type { Planned } from '../../runtime/api/contract.js';

// Fields of a plan in the words of the language: who wrote `timeout: 3h` reads `timeout: 24h → 3h`, whatever the manifest calls it and counts in.

type Change = Planned['changes'][number];
type Words = Readonly<{ name: string; say(value: unknown): string }>;

const VALUE_CHARS = 60;

/** A value on one line. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > VALUE_CHARS ? `${line.slice(0, VALUE_CHARS - 1)}…` : line;
}

const span = (value: unknown): string => (typeof value === 'number' ? duration(value) : valueWords(value));

/** A list as its members; what was cut to a text, or is no list, as it is. */
const listed =
  (member: (one: unknown) => unknown = (one) => one) =>
  (value: unknown): string => {
    if (!Array.isArray(value)) return valueWords(value);
    return value.length === 0
      ? 'none'
      : valueWords(
          value
            .map(member)
            .map((one) => valueWords(one))
            .join(', '),
        );
  };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `ods/orders`, and behind it what is said of the need beyond the defaults. */
function need(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { kind, job: id, ...rest } = value;
  const job = kind === 'self' ? 'self' : id;
  if (typeof job !== 'string') return value;
  if (kind === 'self' && rest.offset === -1) Object.assign(rest, { offset: undefined, periods: 'previous' });
  const said = Object.entries(rest).filter(([key, one]) => one !== undefined && one !== NEED_DEFAULTS[key]);
  return said.length === 0 ? job : `${job} (${said.map(([key, one]) => `${key}: ${valueWords(one)}`).join(', ')})`;
}

const NEED_DEFAULTS: Readonly<Record<string, unknown>> = {
  periods: 'default',
  on: 'success',
  optional: false,
  whenNone: 'met',
};

function retries(value: unknown): string {
  if (!isRecord(value)) return valueWords(value);
  return value.times === 0 ? 'none' : `${value.times} with ${span(value.waitMs)} between`;
}

const catchUp = (value: unknown): string =>
  isRecord(value) ? `${value.policy} within ${span(value.withinMs)}` : valueWords(value);

const WORDS: Readonly<Record<string, Words>> = {
  timeoutMs: { name: 'timeout', say: span },
  graceMs: { name: 'grace', say: span },
  lateAfterMs: { name: 'lateAfter', say: span },
  expectedDurationMs: { name: 'expectedDuration', say: span },
  crons: { name: 'schedule', say: listed() },
  needs: { name: 'needs', say: listed(need) },
  retries: { name: 'retries', say: retries },
  catchUp: { name: 'catchUp', say: catchUp },
  tags: { name: 'tags', say: listed() },
  formerly: { name: 'formerly', say: listed() },
};

/** `timeout: 24h → 3h`. */
export function fieldWords({
  field,
  before,
  after,
}: Readonly<{ field: string; before?: unknown; after?: unknown }>): string {
  const { name, say } = (Object.hasOwn(WORDS, field) && WORDS[field]) || { name: field, say: valueWords };
  return `${name}: ${say(before)} → ${say(after)}`;
}

/** Each field with its value before and after, and who gives it now where that is not the job's own file. */
export function detailWords(change: Change): readonly string[] {
  return change.details.flatMap((detail) => {
    const { field, from } = detail;
    if (field === 'id' || field === 'timetable' || field === 'calendar') return [];
    if (field === 'run.script') return [scriptWords(change, detail)];
    const giver =
      from === null ? ' (default)' : from.includes('_folder.') || from.startsWith('hera.project.') ? ` (${from})` : '';
    return [`${fieldWords(detail)}${giver}`];
  });
}

const pathOf = (script: unknown): unknown => (script as { path?: unknown } | null)?.path ?? '(inline)';

function scriptWords({ script }: Change, { before, after }: Change['details'][number]): string {
  if (script === null) return `script: ${valueWords(pathOf(before))} → ${valueWords(pathOf(after))}, other bytes`;
  return `script ${script.path ?? '(inline)'}: +${script.added} -${script.removed} lines`;
}

/** What differs in the project's own settings, a line each. */
export const projectWords = ({ projectChanges }: Pick<Planned, 'projectChanges'>): readonly string[] =>
  projectChanges.map((one) => {
    const list = Array.isArray(one.before) || Array.isArray(one.after);
    if (!list) return fieldWords(one);
    return `${one.field}: ${listed()(one.before)} → ${listed()(one.after)}`;
  });
