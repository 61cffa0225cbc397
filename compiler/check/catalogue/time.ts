import { type CodeEntry, DAILY, job, RUN } from './entry.js';

export const timeCodes: Readonly<Record<string, CodeEntry>> = {
  HERA3001: {
    title: 'not a cron',
    explanation:
      'Five fields are Unix (minute, hour, day, month, weekday), six or seven are Quartz (seconds first). What either would misread is refused.',
    failing: job(`schedule: "30 25 * * *"\n${RUN}`),
    repaired: job(DAILY),
  },
  HERA3002: {
    title: 'a cron that never fires',
    explanation: 'There is no such day between 1970 and 2100.',
    failing: job(`schedule: "0 0 31 2 *"\n${RUN}`),
    repaired: job(`schedule: "0 0 28 2 *"\n${RUN}`),
  },
  HERA3003: {
    title: 'not a time zone',
    explanation: 'Zones are names of the IANA database; offsets such as `+08:00` know no clock changes.',
    failing: job(`zone: Asia/Shangai\n${DAILY}`),
    repaired: job(`zone: Asia/Shanghai\n${DAILY}`),
  },
  HERA3004: {
    title: 'which of several periods is needed is not said',
    explanation:
      'By default a run awaits the latest period of an upstream. Where one run covers several of them, the others would be left out without a word, so the author must say which are meant.',
    failing: job(`needs: [clicks]\n${DAILY}`, { 'clicks.yaml': `schedule: "5 * * * *"\n${RUN}` }),
    repaired: job(`needs: [{ job: clicks, periods: all }]\n${DAILY}`, {
      'clicks.yaml': `schedule: "5 * * * *"\n${RUN}`,
    }),
  },
  HERA3005: {
    title: 'an end before its start',
    explanation: 'Periods exist from `start` to `end`, both days included.',
    failing: job(`start: "2026-02-01"\nend: "2026-01-01"\n${DAILY}`),
    repaired: job(`start: "2026-01-01"\nend: "2026-02-01"\n${DAILY}`),
  },
  HERA3006: {
    title: 'not a day or an instant',
    explanation: '`start` and `end` are days such as `2026-01-31`, or instants in RFC 3339.',
    failing: job(`start: "2026-02-30"\n${DAILY}`),
    repaired: job(`start: "2026-02-28"\n${DAILY}`),
  },
  HERA3007: {
    title: 'the time of a job said twice',
    explanation: 'A job has one zone and one policy for missed ticks, and either a schedule of its own or a base.',
    failing: job(`needs: [orders]\nbase: orders\n${DAILY}`, { 'orders.yaml': DAILY }),
    repaired: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
  },
  HERA3008: {
    title: 'a job that fires every few seconds',
    explanation:
      'A run costs some hundred milliseconds of the scheduler; below ten seconds a program that stays up is the better choice. This is a warning.',
    failing: job(`schedule: "*/5 * * * * ?"\n${RUN}`),
    repaired: job(`schedule: "*/10 * * * * ?"\n${RUN}`),
  },
  HERA3009: {
    title: 'not a workday calendar',
    explanation: '`on` names a file of `calendars/` without its ending, or one of `calendars:` in the project.',
    failing: job(`schedule: { cron: "30 2 * * *", on: cn-workday }\n${RUN}`, {
      'calendars/cn-workdays.yaml': 'week: [mon, tue, wed, thu, fri]\n',
    }),
    repaired: job(`schedule: { cron: "30 2 * * *", on: cn-workdays }\n${RUN}`, {
      'calendars/cn-workdays.yaml': 'week: [mon, tue, wed, thu, fri]\n',
    }),
  },
  HERA3010: {
    title: 'a workday calendar that contradicts itself',
    explanation:
      'A day is listed below its own year and is either off or a day of work; a calendar has one definition and a name of letters, digits, `_` and `-`.',
    failing: job(DAILY, {
      'calendars/cn.yaml': 'years: { 2026: { off: [2026-01-01..2026-01-03], work: [2026-01-03] } }\n',
    }),
    repaired: job(DAILY, {
      'calendars/cn.yaml': 'years: { 2026: { off: [2026-01-01..2026-01-03], work: [2026-01-04] } }\n',
    }),
  },
  HERA3011: {
    title: 'a need of more periods than a run can await',
    explanation:
      'Each awaited period is kept with the run that waits for it, and looked at when it ends; fifty thousand for one need are the most.',
    failing: job(`needs: [{ job: clicks, periods: all }]\nschedule: "0 0 1 * *"\n${RUN}`, {
      'clicks.yaml': `schedule: "*/10 * * * * ?"\n${RUN}`,
    }),
    repaired: job(`needs: [{ job: clicks, periods: last }]\nschedule: "0 0 1 * *"\n${RUN}`, {
      'clicks.yaml': `schedule: "*/10 * * * * ?"\n${RUN}`,
    }),
  },
};
