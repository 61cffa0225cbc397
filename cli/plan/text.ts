import { counted } from '../../compiler/check/counted.js';
import type { Planned } from '../../runtime/api/contract.js';
import type { Terminal } from '../terminal.js';
import { detailWords, projectWords } from './fields.js';
import {
  awaitedWords,
  changesSomething,
  counts,
  fireWords,
  GRAVITY,
  gravest,
  MEANING,
  reachWords,
  runWords,
  SIGNS,
  skipWords,
  throughWords,
} from './words.js';

type Change = Planned['changes'][number];
type About = Readonly<{ commit: string; subject: string; dirty: boolean }>;

/** Jobs of one kind that are shown, and how many of them with their fields. */
const SHOWN = 40;
const WITH_FIELDS = 15;
const TITLES = { add: 'new', remove: 'removed' } as const;

/** A plan for a terminal, lines without their ends: the count first, then jobs by the gravest kind of their change, then runs and warnings. */
export function planText(planned: Planned, about: About, colors: Terminal['colors']): readonly string[] {
  const { bold, dim, yellow, cyan } = colors;
  const head = `${planned.project} ${about.commit.slice(0, 12)}${about.dirty ? ' (working tree)' : ''}: ${about.subject}`;
  const lines = [bold(head)];
  if (!changesSomething(planned)) lines.push('nothing changes');
  else lines.push(`${counts(planned)}, ${reachWords(planned)}, plan ${planned.hash}`);
  const settings = projectWords(planned);
  if (settings.length > 0) lines.push(`  ${bold('the project itself')}`, ...settings.map((line) => dim(`    ${line}`)));
  for (const group of GRAVITY) lines.push(...groupLines(planned, group, colors));
  const { schedules } = planned;
  for (const { id, kind } of schedules.slice(0, SHOWN))
    lines.push(dim(`  ${kind === 'create' ? '+' : '-'} timetable ${id}`));
  if (schedules.length > SHOWN) lines.push(dim(`  … and ${counted(schedules.length - SHOWN, 'more timetable')}`));
  for (const line of runWords(planned)) lines.push(`  ${line}`);
  const { skipped } = planned.waiting;
  if (skipped.length > 0) lines.push(yellow(`  ${counted(skipped.length, 'waiting run')} will be skipped:`));
  for (const run of skipped.slice(0, SHOWN)) lines.push(`    ${skipWords(run)}`);
  for (const { message, help } of planned.warnings.slice(0, SHOWN)) {
    lines.push(`${yellow('warning')}: ${message}`);
    if (help !== null) lines.push(`  ${cyan('help')}: ${help}`);
  }
  if (planned.warnings.length > SHOWN)
    lines.push(`… and ${counted(planned.warnings.length - SHOWN, 'more warning')} (--json has all)`);
  return lines;
}

function groupLines(planned: Planned, group: (typeof GRAVITY)[number], colors: Terminal['colors']): readonly string[] {
  const members = planned.changes.filter((change) => gravest(change) === group);
  if (members.length === 0) return [];
  const title = group === 'add' || group === 'remove' ? TITLES[group] : `${group}: ${MEANING[group]}`;
  const lines = members
    .slice(0, SHOWN)
    .flatMap((change, i) => [jobLine(change, colors), ...(i < WITH_FIELDS ? fieldLines(change, colors) : [])]);
  const rest = members.length - SHOWN;
  return [
    `  ${colors.bold(`${title} (${members.length})`)}`,
    ...lines,
    ...(rest > 0 ? [`    … and ${rest} more`] : []),
  ];
}

function jobLine({ job, kind, was }: Change, { green, yellow, red }: Terminal['colors']): string {
  const paint = { add: green, change: yellow, remove: red }[kind];
  return paint(`    ${SIGNS[kind]} ${job}${was === null ? '' : ` (was ${was})`}`);
}

function fieldLines(change: Change, { dim }: Terminal['colors']): readonly string[] {
  const fires = fireWords(change);
  return [
    ...awaitedWords(change),
    ...throughWords(change),
    ...detailWords(change),
    ...(fires === undefined ? [] : [fires]),
  ].map((line) => dim(`        ${line}`));
}
