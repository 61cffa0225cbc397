import type { Status } from '../../runtime/api/status-contract.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { reasonWords, stateWord } from '../words.js';

export type StatusOptions = Readonly<{ project?: string; hours?: number; ahead?: number }>;

const SHOWN = 20;

/** What is late, waiting, missed, restored and expected. */
export async function status(terminal: Terminal, options: StatusOptions): Promise<number> {
  const found = await (await connect(terminal)).status(options);
  terminal.json(found);
  const { print, colors } = terminal;
  const { counts } = found;
  const most = counts.atLeast ? 'at least ' : '';
  print(
    `${colors.bold(found.project)}: ${most}${counts.late} late, ${counts.waiting} waiting, ${counts.missed} missed, ` +
      `${counts.restored} ticks restored, ${counts.expected} expected`,
  );
  for (const { title, head, rows, total } of sections(terminal, found)) {
    if (rows.length === 0) continue;
    print('');
    print(colors.bold(title));
    for (const line of table(head, rows.slice(0, SHOWN), terminal.columns)) print(line);
    if (total > Math.min(rows.length, SHOWN)) print(`  … and ${total - Math.min(rows.length, SHOWN)} more`);
  }
  return 0;
}

type Section = Readonly<{
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  total: number;
}>;

function sections({ colors }: Terminal, { counts, ...found }: Status): readonly Section[] {
  const section = (title: string, head: readonly string[], rows: Section['rows'], total = rows.length): Section => ({
    ...{ title, head, rows, total },
  });
  return [
    section(
      'Late',
      ['  JOB', 'PERIOD', 'STATE', 'LATE SINCE', 'WHY'],
      found.late.map(({ job, period, state, since, reasons }) => [
        ...[`  ${job}`, period, stateWord(colors, state), since],
        reasons[0] ? reasonWords(reasons[0]) : '',
      ]),
      counts.late,
    ),
    section(
      'Not made (nobody fires these timetables)',
      ['  TIMETABLE', 'PERIOD', 'JOBS'],
      found.notMade.map(({ timetable, period, jobs }) => [`  ${timetable}`, period, String(jobs)]),
    ),
    section(
      'Waiting',
      ['  RUNS', 'FIRST', 'SINCE', 'WAITS'],
      found.waiting.map(({ reason, runs, since, job, period }) => [
        ...[`  ${runs}`, `${job}@${period}`, since],
        reasonWords(reason),
      ]),
    ),
    section(
      'Frozen',
      ['  ID', 'WHAT', 'BY', 'UNTIL', 'REASON'],
      found.freezes.map(({ id, scope, subject, by, until, reason }) => [
        ...[`  ${id}`, subject === '' ? scope : `${scope}:${subject}`, by, until ?? 'somebody ends it', reason],
      ]),
    ),
    section(
      'Pools',
      ['  POOL', 'TAKEN', 'SLOTS', 'WAITING'],
      found.pools.map(({ name, taken, size, waiting }) => [
        ...[`  ${name}`, String(taken), String(size), String(waiting)],
      ]),
    ),
    section(
      'Workday calendars without days of a year',
      ['  CALENDAR', 'YEARS', 'JOBS'],
      found.unlistedYears.map(({ calendar, years, jobs }) => [`  ${calendar}`, years.join(', '), String(jobs)]),
    ),
    section(
      'Missed (left out by catch-up)',
      ['  JOB', 'PERIOD', 'LEFT OUT', 'POLICY'],
      found.missed.map(({ job, period, at, policy }) => [`  ${job}`, period, at, policy]),
      counts.missed,
    ),
    section(
      'Restored (made after their time)',
      ['  TICK', 'PERIOD', 'MADE'],
      found.restored.map(({ note, period, at }) => [`  ${note}`, period, at]),
      counts.restored,
    ),
    section(
      'Expected',
      ['  JOB', 'PERIOD', 'LOCAL'],
      found.expected.map(({ job, period, periodLocal }) => [`  ${job}`, period, colors.dim(periodLocal)]),
      counts.expected,
    ),
  ];
}
