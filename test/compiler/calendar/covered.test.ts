import { describe, expect, test } from 'vitest';
import { chooseBase, coversSeveral, referenceTicks } from '../../../compiler/calendar/index.js';
import { at, calendarOf, jobTime } from './calendars.js';

describe('D2: where one run covers several upstream periods, the author must say which', () => {
  const shanghai = 'Asia/Shanghai';
  test.each([
    [
      'Monday to Friday on daily',
      '0 5 * * 1-5',
      '0 2 * * *',
      ['2024-01-01T05:00', 3, '2023-12-30T02:00', '2024-01-01T02:00'],
    ],
    ['daily on hourly', '30 2 * * *', '5 * * * *', ['2024-01-01T02:30', 24, '2023-12-31T01:05', '2024-01-01T00:05']],
    ['monthly on daily', '0 5 1 * *', '30 2 * * *', ['2024-01-01T05:00', 31, '2023-12-02T02:30', '2024-01-01T02:30']],
    [
      'daily on 9 and 17',
      '30 2 * * *',
      '0 9,17 * * *',
      ['2024-01-01T02:30', 2, '2023-12-31T09:00', '2023-12-31T17:00'],
    ],
    [
      'every minute on every second',
      '* * * * *',
      '* * * * * ?',
      ['2024-01-01T00:00', 60, '2023-12-31T23:59:01', '2024-01-01T00:00'],
    ],
  ] as const)('%s', (_name, mine, upstream, [period, count, from, to]) =>
    expect(coversSeveral(jobTime(mine), jobTime(upstream), shanghai)).toEqual({
      period: at(period),
      count,
      from: at(from),
      to: at(to),
    }),
  );

  test.each([
    ['daily on daily', '0 3 * * *', '30 23 * * *'],
    ['daily on weekly', '0 3 * * *', '0 5 * * 1'],
    ['hourly on daily', '5 * * * *', '30 2 * * *'],
    ['weekly on weekly', '0 4 * * 1', '0 23 * * 6'],
    ['daily on Monday to Friday', '0 3 * * *', '0 1 * * 1-5'],
    ['hourly on hourly', '5 * * * *', '55 * * * *'],
    ['every second on hourly', '* * * * * ?', '5 * * * *'],
    ['a job on itself', '*/7 * * * *', '*/7 * * * *'],
  ])('%s needs no word', (_name, mine, upstream) =>
    expect(coversSeveral(jobTime(mine), jobTime(upstream), shanghai)).toBeUndefined(),
  );

  test('across zones and clock changes, hours meet hours', () =>
    expect(
      coversSeveral(jobTime('5 * * * *', 'America/New_York'), jobTime('10 * * * *', shanghai), shanghai),
    ).toBeUndefined());
});

describe('B2: the base is the candidate with the fewest ticks', () => {
  const choose = (...texts: string[]) =>
    chooseBase(
      texts.map((text, i) => ({ id: `j${i}`, text, calendar: calendarOf(text) })),
      'Asia/Shanghai',
    )?.text;

  test.each([
    ['hourly and every six hours', ['0 * * * *', '0 */6 * * *'], '0 */6 * * *'],
    ['daily and Monday to Friday', ['0 3 * * *', '0 3 * * 1-5'], '0 3 * * 1-5'],
    ['a tie goes to the later last tick', ['0 0,12 * * *', '0 6,18 * * *'], '0 6,18 * * *'],
    ['one without ticks in the span is no candidate', ['0 0 0 1 1 ? 1999', '0 3 * * *'], '0 3 * * *'],
  ])('%s', (_name, texts, expected) => {
    expect(choose(...texts)).toBe(expected);
    expect(choose(...texts.toReversed())).toBe(expected);
  });

  test('equal calendars: the smaller id in byte order', () => {
    const calendar = calendarOf('0 3 * * *');
    const ids = ['b', 'B', 'a'].map((id) => ({ id, calendar }));
    expect(chooseBase(ids, 'UTC')?.id).toBe('B');
  });

  test('no candidate, no base', () => expect(choose('0 0 0 1 1 ? 1999')).toBeUndefined());

  test('counts take no notice of start and end', () => {
    const calendar = { ...calendarOf('0 3 * * *'), start: at('2027-01-01') };
    expect(referenceTicks(calendar, 'Asia/Shanghai')).toEqual({ count: 1461, last: at('2027-12-31T03:00') });
  });
});
