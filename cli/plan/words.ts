import type { Planned } from '../../runtime/api/contract.js';

// What a plan says in words, for the terminal and for pull requests alike: one sentence from one fact, so that both say the same.

type Change = Planned['changes'][number];
export type Category = Change['categories'][number];

export const SIGNS = { add: '+', change: '~', remove: '-' } as const;

/** What each kind of change means for whoever reads it. */
export const MEANING: Readonly<Record<Category, string>> = {
  breaking: 'jobs downstream await other periods',
  timing: 'when they run',
  wiring: 'what they await',
  script: 'what they execute',
  execution: 'where and how they run',
  cosmetic: 'no run is touched',
};

/** The gravest kind of a change, by which it is listed. */
export const gravest = ({ kind, categories }: Change): Category | 'add' | 'remove' =>
  kind === 'change' ? (categories[0] ?? 'cosmetic') : kind;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `+3 ~5 -1`. */
export function counts({ changes }: Pick<Planned, 'changes'>): string {
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  return `+${count('add')} ~${count('change')} -${count('remove')}`;
}

/** `5 jobs downstream (3, then 2)`. */
export function reachWords({ reach, levels }: Pick<Planned, 'reach' | 'levels'>): string {
  const steps = levels.length > 1 ? ` (${levels.map(({ count }) => count).join(', then ')})` : '';
  return `${plural(reach, 'job')} downstream${steps}`;
}

const VALUE_CHARS = 60;

/** A value on one line. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > VALUE_CHARS ? `${line.slice(0, VALUE_CHARS - 1)}…` : line;
}

/** Each field with its value before and after, and who gives it now where that is not the job's own file. */
export function detailWords(change: Change): readonly string[] {
  return change.details.flatMap(({ field, before, after, from }) => {
    if (field === 'id' || field === 'timetable' || field === 'calendar') return [];
    if (field === 'run.script')
      return [
        change.script
          ? scriptWords(change.script)
          : `script: ${valueWords(pathOf(before))} → ${valueWords(pathOf(after))}, other bytes`,
      ];
    const giver =
      from === null ? ' (default)' : from.includes('_folder.') || from.startsWith('hera.project.') ? ` (${from})` : '';
    return [`${field}: ${valueWords(before)} → ${valueWords(after)}${giver}`];
  });
}

const pathOf = (script: unknown): unknown => (script as { path?: unknown } | null)?.path ?? '(inline)';

const scriptWords = ({ path, added, removed }: NonNullable<Change['script']>): string =>
  `script ${path ?? '(inline)'}: +${added} -${removed} lines`;

/** `fires 2026-11-25T02:30:00+08:00, …, not 2026-…`; undefined when the next fires are the same. */
export function fireWords({ next, zone }: Change): string | undefined {
  if (next === null) return undefined;
  const print = (instants: readonly string[]): string =>
    instants.length === 0 ? 'never' : instants.map((instant) => localTime(instant, zone)).join(', ');
  const [before, after] = [print(next.before), print(next.after)];
  if (before === after) return undefined;
  return next.before.length === 0 ? `next ${after} (${zone})` : `next ${after}, before ${before} (${zone})`;
}

/** `11-25 02:30`: month, day and time on the clock of a zone. */
function localTime(instant: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(new Date(instant));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}

const WHY = {
  removed: 'its job is removed',
  closed: 'its job is closed',
  'no-tick': 'it is no longer scheduled',
} as const;

export const skipWords = ({ job, period, why }: Planned['waiting']['skipped'][number]): string =>
  `${job}@${period.replace('.000Z', 'Z')}: ${WHY[why]}`;

/** Runs that a plan meets, one sentence each; none when there are none. */
export function runWords({ inFlight, waiting }: Pick<Planned, 'inFlight' | 'waiting'>): readonly string[] {
  const going = inFlight.filter(({ state }) => state !== 'waiting').length;
  const lines: string[] = [];
  if (going > 0) lines.push(`${plural(going, 'run')} under way ${going === 1 ? 'keeps its' : 'keep their'} definition`);
  if (waiting.reevaluated > 0)
    lines.push(`${plural(waiting.reevaluated, 'waiting run')}${waiting.more ? ' and more' : ''} evaluated anew`);
  return lines;
}

export const changesSomething = ({ changes, schedules }: Planned): boolean => changes.length + schedules.length > 0;
