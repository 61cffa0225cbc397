import fc from 'fast-check';
import { type Calendar, type OnWorkdays, parseCron, type Workdays } from '../../compiler/calendar/index.js';

// Calendars of every kind that authors may write, for what must hold of all of them.

const ZONES = [
  'Asia/Shanghai',
  'UTC',
  'Asia/Kolkata',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Auckland',
  'Africa/Cairo',
  'America/Santiago',
] as const;

const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
  );
const minute = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 });
const unix = fc
  .tuple(minute.map(String), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));
const dayOfMonth = fc.oneof(
  fc.constantFrom('L', 'LW', 'L-3W', '1W', '31W'),
  fc.integer({ min: 0, max: 30 }).map((back) => `L-${back}`),
  fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
);
const dayOfWeek = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom('L', '#1', '#2', '#5'))
  .map(([day, rule]) => `${day}${rule}`);
const quartz = fc
  .tuple(minute.map(String), field(0, 23), field(1, 12), fc.oneof(dayOfMonth, dayOfWeek))
  .map(([minutes, hour, month, day]) =>
    /#|\dL$/.test(day) && !day.startsWith('L')
      ? `0 ${minutes} ${hour} ? ${month} ${day}`
      : `0 ${minutes} ${hour} ${day} ${month} ?`,
  );

const HOLIDAYS: Workdays = {
  name: 'holidays',
  week: [1, 2, 3, 4, 5],
  off: ['2027-02-05..2027-02-12', '2027-10-01..2027-10-07', '2028-01-24..2028-02-02'],
  work: ['2027-02-13', '2027-10-09'],
  yearly: { off: ['01-01', '05-01..05-03'], work: [] },
  years: [2027, 2028],
};
const on = fc.option(
  fc.constantFrom('skip', 'previous', 'next').map((otherwise) => ({ workdays: HOLIDAYS, otherwise }) as OnWorkdays),
  { nil: undefined, freq: 3 },
);

/** A calendar and the words it was made from. */
export const anyCalendar = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: unix }, { weight: 1, arbitrary: quartz }), fc.constantFrom(...ZONES), on)
  .filter(([text]) => parseCron(text).ok)
  .map(([text, zone, workdays]): Readonly<{ words: string; calendar: Calendar }> => {
    const parsed = parseCron(text);
    if (!parsed.ok) throw new Error(text);
    const cron = workdays ? { ...parsed.cron, on: workdays } : parsed.cron;
    return {
      words: `${text} in ${zone}, days off: ${workdays?.otherwise ?? 'none'}`,
      calendar: { crons: [cron], zone },
    };
  });
