import { counted } from '../../compiler/check/counted.js';
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

/** In which order people read changes: what cannot be undone, or reaches others, first. */
export const GRAVITY = ['remove', 'breaking', 'timing', 'wiring', 'script', 'execution', 'add', 'cosmetic'] as const;

/** The gravest kind of a change, by which it is listed. */
export const gravest = ({ kind, categories }: Change): Category | 'add' | 'remove' =>
  kind === 'change' ? (categories[0] ?? 'cosmetic') : kind;

/** `+3 ~5 -1`. */
export function counts({ changes }: Pick<Planned, 'changes'>): string {
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  return `+${count('add')} ~${count('change')} -${count('remove')}`;
}

/** `5 jobs downstream (3, then 2)`: those that do not change themselves. */
export function reachWords({ reach, levels }: Pick<Planned, 'reach' | 'levels'>): string {
  if (reach === 0) return 'no other job downstream';
  const steps = levels.length > 1 ? ` (${levels.map(({ count }) => count).join(', then ')})` : '';
  return `${counted(reach, 'job')} downstream${steps}`;
}

/** `through _shared.ts`: the changed helpers of a job whose own file is the same. */
export const throughWords = ({ through }: Change): readonly string[] =>
  through.length === 0 ? [] : [`through ${through.join(', ')}`];

/** `awaited by dw/load, dw/report and 3 more`; nothing for a change that is not breaking. */
export function awaitedWords({ awaitedBy }: Change): readonly string[] {
  if (awaitedBy === null) return [];
  const shown = awaitedBy.jobs.slice(0, AWAITED_SHOWN);
  const more = awaitedBy.count - shown.length;
  return [`awaited by ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

const AWAITED_SHOWN = 5;

/** `next 11-25 02:30, …, before 11-24 …`; undefined when the next fires are the same. */
export function fireWords({ kind, next, zone }: Change): string | undefined {
  // A removed job fires no more: that is said by its removal.
  if (next === null || kind === 'remove') return undefined;
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
  if (going > 0)
    lines.push(`${counted(going, 'run')} under way ${going === 1 ? 'keeps its' : 'keep their'} definition`);
  if (waiting.reevaluated > 0)
    lines.push(`${counted(waiting.reevaluated, 'waiting run')}${waiting.more ? ' and more' : ''} evaluated anew`);
  return lines;
}

export const changesSomething = ({ changes, schedules, projectChanges }: Planned): boolean =>
  changes.length + schedules.length + projectChanges.length > 0;
