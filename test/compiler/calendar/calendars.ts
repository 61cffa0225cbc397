import {
  type Calendar,
  type Cron,
  grainOf,
  type JobTime,
  parseCron,
  parsePeriod,
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
