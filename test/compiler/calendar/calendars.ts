import {
  type Calendar,
  type Cron,
  grainOf,
  type JobTime,
  type OnWorkdays,
  parseCron,
  parsePeriod,
  type Workdays,
} from '../../../compiler/calendar/index.js';

/** A cron that must be readable. */
export function cronOf(text: string): Cron {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`);
  return parsed.cron;
}

export const calendarOf = (texts: string | readonly string[], zone = 'Asia/Shanghai'): Calendar => ({
  crons: [texts].flat().map(cronOf),
  zone,
});

/** The calendar of a cron with its grain, project and job in the same zone. */
export function jobTime(texts: string | readonly string[], zone = 'Asia/Shanghai'): JobTime {
  const calendar = calendarOf(texts, zone);
  return { calendar, grain: grainOf(calendar), zone };
}

/** The instant of a local time, or of the start of a local date. */
export function at(text: string, zone = 'Asia/Shanghai'): number {
  const period = parsePeriod(text, zone);
  if (!period) throw new Error(`no period: ${text}`);
  return period.kind === 'instant' ? period.instant : period.from;
}

/** Mainland China's workdays of 2026, as the State Council's notice has them. */
export const CN_2026: Workdays = {
  name: 'cn',
  week: [1, 2, 3, 4, 5],
  off: [
    '2026-01-01..2026-01-03',
    '2026-02-15..2026-02-23',
    '2026-04-04..2026-04-06',
    '2026-05-01..2026-05-05',
    '2026-06-19..2026-06-21',
    '2026-09-25..2026-09-27',
    '2026-10-01..2026-10-07',
  ],
  work: ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
  yearly: { off: [], work: [] },
  years: [2026],
};

/** The same calendar on workdays only. */
export const onWorkdays = (
  calendar: Calendar,
  otherwise: OnWorkdays['otherwise'],
  workdays: Workdays = CN_2026,
): Calendar => ({ ...calendar, crons: calendar.crons.map((cron) => ({ ...cron, on: { workdays, otherwise } })) });
