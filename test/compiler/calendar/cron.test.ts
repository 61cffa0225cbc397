import { describe, expect, it, test } from 'vitest';
import {
  type Calendar,
  calendarName,
  calendarWords,
  nextTick,
  parseCron,
  printPeriod,
} from '../../../compiler/calendar/index.js';
import { calendarOf, cronOf } from './calendars.js';

function fires(text: string, count: number, after = '2020-02-27T12:00:00Z'): string[] {
  const calendar: Calendar = calendarOf(text, 'UTC');
  const found: string[] = [];
  for (
    let at = nextTick(calendar, Date.parse(after));
    at !== undefined && found.length < count;
    at = nextTick(calendar, at)
  ) {
    found.push(printPeriod(at).slice(0, 16));
  }
  return found;
}

function refusal(text: string) {
  const parsed = parseCron(text);
  if (parsed.ok) throw new Error(`${text} was read`);
  const { offset, length, message, help } = parsed.problem;
  return { at: text.slice(offset, offset + length), message, help };
}

describe('A2: five fields fire as Vixie cron fires them', () => {
  test.each([
    ['30 2 * * *', ['2020-02-28T02:30', '2020-02-29T02:30']],
    ['0 0 13 * fri', ['2020-02-28T00:00', '2020-03-06T00:00', '2020-03-13T00:00']],
    ['0 0 */2 * 1', ['2020-03-09T00:00', '2020-03-23T00:00']],
    ['0 0 1 * */2', ['2020-03-01T00:00', '2020-08-01T00:00']],
    ['0 0 * * sat-sun', ['2020-02-29T00:00', '2020-03-01T00:00', '2020-03-07T00:00']],
    ['0 0 * * 5-7', ['2020-02-28T00:00', '2020-02-29T00:00', '2020-03-01T00:00', '2020-03-06T00:00']],
    ['0 0 * * 7', ['2020-03-01T00:00', '2020-03-08T00:00']],
    ['0 0 1 JAN,Jul *', ['2020-07-01T00:00', '2021-01-01T00:00']],
    ['5-59/15 3 * * *', ['2020-02-28T03:05', '2020-02-28T03:20', '2020-02-28T03:35', '2020-02-28T03:50']],
    ['0 0 1-31 * 1', ['2020-02-28T00:00', '2020-02-29T00:00']],
    ['@hourly', ['2020-02-27T13:00', '2020-02-27T14:00']],
    ['@daily', ['2020-02-28T00:00']],
    ['@midnight', ['2020-02-28T00:00']],
    ['@weekly', ['2020-03-01T00:00', '2020-03-08T00:00']],
    ['@monthly', ['2020-03-01T00:00', '2020-04-01T00:00']],
    ['@yearly', ['2021-01-01T00:00']],
    ['@annually', ['2021-01-01T00:00']],
  ])('%s', (text, expected) => expect(fires(text, expected.length)).toEqual(expected));
});

describe('A2: what Vixie cron cannot mean is refused at its place, with the remedy', () => {
  test.each([
    ['5/15 * * * *', '5/15', 'write `5-59/15`'],
    ['*/61 * * * *', '*/61', 'write a step from 1 to 60'],
    ['*/0 * * * *', '*/0', 'write a step from 1 to 60'],
    ['0 22-2 * * *', '22-2', 'write `22-23,0-2`'],
    ['0 0 * * fri-mon', 'fri-mon', 'write `5-7,1`'],
    ['0 0 * * 5-0', '5-0', 'write `5-7`'],
    ['0 0 ? * 1', '?', 'write `*`, or write six fields: seconds first'],
    ['60 * * * *', '60', 'write 0 to 59'],
    ['0 24 * * *', '24', 'write 0 to 23'],
    ['0 0 0 * *', '0', 'write 1 to 31'],
    ['0 0 * 13 *', '13', 'write 1 to 12, or jan to dec'],
    ['0 0 * * 8', '8', 'write 0 to 7, or sun to sat'],
    ['1,,2 * * * *', '', 'write 0 to 59'],
    ['8* * * * *', '8*', 'write 0 to 59'],
    ['1-2-3 * * * *', '1-2-3', 'write 0 to 59'],
  ])('%s', (text, at, help) => expect(refusal(text)).toMatchObject({ at, help }));

  test.each(['0 0 L * *', '0 0 15W * *', '0 0 * * 5L', '0 0 * * 6#3', '0 0 L-3 * *'])('%s', (text) =>
    expect(refusal(text).message).toContain('is not part of a five-field cron'),
  );

  test.each(['', '* * * *', '* * * * * * * *', '@reboot', '@every 5m', 'often'])('%j', (text) =>
    expect(parseCron(text).ok).toBe(false),
  );
});

describe('A3: six and seven fields fire as Quartz fires them', () => {
  test.each([
    ['0 0 3 * * ?', ['2020-02-28T03:00', '2020-02-29T03:00']],
    ['0 0 3 ? * *', ['2020-02-28T03:00', '2020-02-29T03:00']],
    ['0 0 3 * * ? *', ['2020-02-28T03:00', '2020-02-29T03:00']],
    ['0 30 2 ? * 2-6', ['2020-02-28T02:30', '2020-03-02T02:30', '2020-03-03T02:30']],
    ['0 30 2 ? * MON-FRI', ['2020-02-28T02:30', '2020-03-02T02:30', '2020-03-03T02:30']],
    ['0 0 1 ? * 7', ['2020-02-29T01:00', '2020-03-07T01:00', '2020-03-14T01:00']],
    ['0 0 1 ? JAN,JUL SUN', ['2020-07-05T01:00', '2020-07-12T01:00', '2020-07-19T01:00']],
    ['0 5/20 8-10 * * ?', ['2020-02-28T08:05', '2020-02-28T08:25', '2020-02-28T08:45', '2020-02-28T09:05']],
    [
      '0 5-50/15 * * * ?',
      ['2020-02-27T12:05', '2020-02-27T12:20', '2020-02-27T12:35', '2020-02-27T12:50', '2020-02-27T13:05'],
    ],
    ['0 50/7 * * * ?', ['2020-02-27T12:50', '2020-02-27T12:57', '2020-02-27T13:50']],
    [
      '0 0 22-2 * * ?',
      [
        '2020-02-27T22:00',
        '2020-02-27T23:00',
        '2020-02-28T00:00',
        '2020-02-28T01:00',
        '2020-02-28T02:00',
        '2020-02-28T22:00',
      ],
    ],
    [
      '0 0 1 ? * FRI-MON',
      ['2020-02-28T01:00', '2020-02-29T01:00', '2020-03-01T01:00', '2020-03-02T01:00', '2020-03-06T01:00'],
    ],
    [
      '0 0 1 15-5 * ?',
      [
        '2020-02-28T01:00',
        '2020-02-29T01:00',
        '2020-03-01T01:00',
        '2020-03-02T01:00',
        '2020-03-03T01:00',
        '2020-03-04T01:00',
        '2020-03-05T01:00',
        '2020-03-15T01:00',
      ],
    ],
    [
      '0 0 3 1/10 * ?',
      ['2020-03-01T03:00', '2020-03-11T03:00', '2020-03-21T03:00', '2020-03-31T03:00', '2020-04-01T03:00'],
    ],
    ['0 0 3 */2 * ?', ['2020-02-29T03:00', '2020-03-01T03:00', '2020-03-03T03:00']],
    ['0 0 1 29 2 ?', ['2020-02-29T01:00', '2024-02-29T01:00', '2028-02-29T01:00']],
    ['0 0 1 31 * ?', ['2020-03-31T01:00', '2020-05-31T01:00', '2020-07-31T01:00']],
    ['0  0 3 * *   ? 2021,2023', ['2021-01-01T03:00']],
    ['0 0 3 ? * */2', ['2020-02-29T03:00', '2020-03-01T03:00', '2020-03-03T03:00', '2020-03-05T03:00']],
    ['0 0 0 1 1 ? 2024/2', ['2024-01-01T00:00', '2026-01-01T00:00']],
    ['0 0 1 L * ?', ['2020-02-29T01:00', '2020-03-31T01:00', '2020-04-30T01:00', '2020-05-31T01:00']],
    ['0 0 1 L-3 * ?', ['2020-03-28T01:00', '2020-04-27T01:00', '2020-05-28T01:00', '2020-06-27T01:00']],
    ['0 0 1 LW * ?', ['2020-02-28T01:00', '2020-03-31T01:00', '2020-04-30T01:00', '2020-05-29T01:00']],
    ['0 0 1 L-3W * ?', ['2020-03-27T01:00', '2020-04-27T01:00', '2020-05-28T01:00', '2020-06-26T01:00']],
    ['0 0 1 15W * ?', ['2020-03-16T01:00', '2020-04-15T01:00', '2020-05-15T01:00', '2020-06-15T01:00']],
    ['0 0 1 1w * ?', ['2020-03-02T01:00', '2020-04-01T01:00', '2020-05-01T01:00', '2020-06-01T01:00']],
    ['0 0 1 31W * ?', ['2020-03-31T01:00', '2020-05-29T01:00', '2020-07-31T01:00']],
    ['0 0 1 ? * 6#3', ['2020-03-20T01:00', '2020-04-17T01:00', '2020-05-15T01:00', '2020-06-19T01:00']],
    ['0 0 1 ? * SAT#5', ['2020-02-29T01:00', '2020-05-30T01:00', '2020-08-29T01:00', '2020-10-31T01:00']],
    ['0 0 1 ? * 6L', ['2020-02-28T01:00', '2020-03-27T01:00', '2020-04-24T01:00']],
    ['0 0 1 ? * friL', ['2020-02-28T01:00', '2020-03-27T01:00', '2020-04-24T01:00']],
    ['0 0 1 ? * 5L', ['2020-03-26T01:00', '2020-04-30T01:00', '2020-05-28T01:00']],
    ['0 0 1 ? * L', ['2020-02-29T01:00', '2020-03-07T01:00', '2020-03-14T01:00']],
    ['0 0 1 L 2 ?', ['2020-02-29T01:00', '2021-02-28T01:00', '2022-02-28T01:00']],
  ])('%s', (text, expected) => expect(fires(text, expected.length)).toEqual(expected));

  it('restarts a step of minutes in each hour', () => {
    expect(fires('0 */7 * * * ?', 9).map((at) => at.slice(11))).toEqual([
      '12:07',
      '12:14',
      '12:21',
      '12:28',
      '12:35',
      '12:42',
      '12:49',
      '12:56',
      '13:00',
    ]);
  });

  it('never fires again after its last year', () => {
    expect(fires('0 0 3 * * ? 2020-2021', 2, '2021-12-30T12:00:00Z')).toEqual(['2021-12-31T03:00']);
  });

  test.each([
    ['0 0 3 * * *', '*', 'write `0 0 3 * * ?`'],
    ['0 0 3 * * 2', '*', 'write `0 0 3 ? * 2` (1 is Sunday, 2 is Monday)'],
    ['0 0 3 ? * ?', '?', 'write `0 0 3 * * ?`'],
    ['0 0 3 1 * 2', '2', 'write `?` in one of them; two schedules fire on the days of either'],
    ['0 0 ? * * ?', '?', 'write `*` for every value'],
    ['0 0 24 * * ?', '24', 'write 0 to 23'],
    ['0 60 3 * * ?', '60', 'write 0 to 59'],
    ['0 0 3 32 * ?', '32', 'write 1 to 31'],
    ['0 0 3 ? 13 1', '13', 'write 1 to 12, or jan to dec'],
    ['0 0 3 ? * 0', '0', 'write 1 to 7, or sun to sat'],
    ['0 0 3 ? * 8', '8', 'write 1 to 7, or sun to sat'],
    ['0 15/70 3 * * ?', '15/70', 'write a step from 1 to 59'],
    ['0 */0 3 * * ?', '*/0', 'write a step from 1 to 59'],
    ['0 1,,2 3 * * ?', '', 'write 0 to 59'],
    ['0 8* 3 * * ?', '8*', 'write 0 to 59'],
    ['0 0 3 ? * MON-FRI/2', 'MON-FRI/2', 'write `2-6/2`'],
    ['0 0 3 ? * 2-FRI', '2-FRI', 'write two numbers or two names'],
    ['0 0 3 * * ? 2022-2020', '2022-2020', 'write `2020-2022`'],
    ['0 0 3 * * ? 1969', '1969', 'write 1970 to 2100'],
    ['0 0 3 * *x ?', '*x', 'write 1 to 12, or jan to dec'],
  ])('refuses %s', (text, at, help) => expect(refusal(text)).toMatchObject({ at, help }));

  test.each([
    ['0 0 1 W * ?', 'W', '`W` is not a day-of-month'],
    ['0 0 1 1,L * ?', '1,L', '`L` stands alone in its field'],
    ['0 0 1 L,15 * ?', 'L,15', '`L` stands alone in its field'],
    ['0 0 1 1W,15W * ?', '1W,15W', '`W` stands alone in its field'],
    ['0 0 1 32W * ?', '32W', '`32W` is not a day-of-month'],
    ['0 0 1 WL * ?', 'WL', '`WL` is not a day-of-month'],
    ['0 0 1 15WX * ?', '15WX', '`15WX` is not a day-of-month'],
    ['0 0 1 L-31 * ?', 'L-31', '`L-31` leaves every month'],
    ['0 0 1 L-3X * ?', 'L-3X', '`L-3X` is not a day-of-month'],
    ['0 0 1 10-L * ?', '10-L', '`10-L` is not a day-of-month'],
    ['0 0 1 ? * 2#6', '2#6', '`2#6` is not a day-of-week'],
    ['0 0 1 ? * 2#0', '2#0', '`2#0` is not a day-of-week'],
    ['0 0 1 ? * 77#4', '77#4', '`77#4` is not a day-of-week'],
    ['0 0 1 ? * 2,4#1', '2,4#1', '`#` stands alone in its field'],
    ['0 0 1 ? * 6L,2', '6L,2', '`L` stands alone in its field'],
    ['0 0 1 ? * 2,6L', '2,6L', '`L` stands alone in its field'],
    ['0 0 1 ? * 8L', '8L', '`8L` is not a day-of-week'],
    ['0 0 1 ? * XYZ#2', 'XYZ#2', '`XYZ#2` is not a day-of-week'],
    ['0 0 1 ? * 6#3x', '6#3x', '`6#3x` is not a day-of-week'],
  ])('refuses what Quartz misreads: %s', (text, at, message) =>
    expect(refusal(text)).toMatchObject({ at, message, help: expect.stringContaining('write') }),
  );
});

describe('A4: a cron without any tick is refused', () => {
  test.each([
    '0 0 30 2 *',
    '0 0 1 31 4,6,9,11 ?',
    '0 0 1 31W 2 ?',
    '0 0 1 L-30 4,6,9,11 ?',
    '0 0 1 29 2 ? 2021-2023',
    '0 0 1 29 2 ? 2100',
  ])('%s', (text) => expect(refusal(text)).toMatchObject({ at: text, message: `\`${text}\` never fires` }));
  it('keeps one that fires once in a hundred and thirty years', () =>
    expect(parseCron('0 0 1 29 2 ? 2000').ok).toBe(true));
});

describe('equal meaning is one value', () => {
  test.each([
    ['0 3 * * *', '0 0 3 * * ?'],
    ['0 3 * * 1-5', '0 0 3 ? * MON-FRI'],
    ['*/10 * * * *', '0 0/10 * * * ? *'],
    ['0 0 * * 0', '0 0 * * sun'],
    ['0 0 1-31 * 1', '@daily'],
  ])('%s = %s', (a, b) => expect(cronOf(a)).toEqual(cronOf(b)));
});

describe('names and words', () => {
  test.each([
    ['30 2 * * *', 'daily-02.30', true, 'every day at 02:30, UTC'],
    ['15 30 2 * * ?', 'daily-02.30.15', true, 'every day at 02:30:15, UTC'],
    ['5 * * * *', 'hourly-05', true, 'every hour at :05, UTC'],
    ['30 2 * * mon', 'weekly-mon-02.30', true, 'every Monday at 02:30, UTC'],
    ['30 2 * * 1-5', 'weekdays-02.30', true, 'Monday to Friday at 02:30, UTC'],
    ['0 5 1 * *', 'monthly-1-05.00', true, 'on day 1 of each month at 05:00, UTC'],
    ['*/10 * * * *', 'every-10m', true, 'every 10 minutes, UTC'],
    ['0 */6 * * *', 'every-6h', true, 'every day at 00:00, 06:00, 12:00 and 18:00, UTC'],
    ['*/30 * * * * ?', 'every-30s', true, 'every 30 seconds, UTC'],
    ['0 5 1,15 * *', 'monthly', false, 'on day 1 and 15 of each month at 05:00, UTC'],
    ['0 0 13 * fri', 'monthly', false, 'on day 13 of each month or every Friday at 00:00, UTC'],
    ['*/7 * * * *', 'minutely', false, undefined],
    ['0 0 5 L * ?', 'monthly', false, 'on the last day of each month at 05:00, UTC'],
    ['0 0 5 L-3 * ?', 'monthly', false, 'on day 3 before the last of each month at 05:00, UTC'],
    ['0 0 5 15W * ?', 'monthly', false, 'on the weekday nearest to day 15 of each month at 05:00, UTC'],
    ['0 0 5 ? 3 6#3', 'yearly', false, 'on the third Friday in March at 05:00, UTC'],
    ['0 0 5 ? * 6L', 'monthly', false, 'on the last Friday of each month at 05:00, UTC'],
  ])('%s', (text, name, exact, words) => {
    expect(calendarName(calendarOf(text, 'UTC'))).toEqual({ name, exact });
    if (words) expect(calendarWords(calendarOf(text, 'UTC'))).toBe(words);
  });

  it('a union has no exact name', () => {
    expect(calendarName(calendarOf(['0 3 * * *', '0 5 * * *'], 'UTC'))).toEqual({ name: 'mixed', exact: false });
  });
});
