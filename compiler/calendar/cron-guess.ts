// What is written for a time by those who do not think in crons: words, times of day, lengths of time. Each leads to the cron that is meant.

const NAMED: Readonly<Record<string, string>> = {
  daily: '30 2 * * *',
  day: '30 2 * * *',
  everyday: '30 2 * * *',
  nightly: '30 2 * * *',
  midnight: '0 0 * * *',
  hourly: '0 * * * *',
  hour: '0 * * * *',
  weekly: '30 2 * * mon',
  week: '30 2 * * mon',
  monthly: '30 2 1 * *',
  month: '30 2 1 * *',
  yearly: '30 2 1 1 *',
  annually: '30 2 1 1 *',
  minutely: '* * * * *',
  minute: '* * * * *',
};

const NEVER = /^@?(once|none|null|never|manual|continuous|reboot)$/i;

/** The remedy for a text that is no cron, when it is plain what is meant. */
export function meantCron(written: string): string | undefined {
  const text = written.trim().toLowerCase();
  if (NEVER.test(text)) return 'a job that is only run by hand has no `schedule`: remove it';
  const cron = NAMED[text.replace(/^(@|every )/, '')] ?? atTime(text) ?? everyLength(text);
  return cron === undefined ? undefined : `write the cron \`${cron}\` (minute hour day month weekday)`;
}

/** `02:30`, `2:30:00`, `daily at 02:30`. */
function atTime(text: string): string | undefined {
  const [, hour, minute] = /(?:^|\s|,)([01]?\d|2[0-3]):([0-5]\d)(?::00)?$/.exec(text) ?? [];
  return hour === undefined ? undefined : `${Number(minute)} ${Number(hour)} * * *`;
}

/** `5m`, `every 5 minutes`, `*\/15`, `PT1H`: what divides an hour or a day evenly has a cron. */
function everyLength(text: string): string | undefined {
  const [, amount, unit] =
    /^(?:@?every\s+|pt)?(\d{1,4})\s*(m|min|mins|minutes?|h|hrs?|hours?)$/.exec(text) ??
    (/^\*\/(\d{1,2})$/.exec(text)?.concat('m') as RegExpExecArray | undefined) ??
    [];
  const count = Number(amount);
  if (unit === undefined || count === 0) return undefined;
  if (unit.startsWith('m') && 60 % count === 0)
    return count === 60 ? '0 * * * *' : count === 1 ? '* * * * *' : `*/${count} * * * *`;
  if (unit.startsWith('h') && 24 % count === 0)
    return count === 24 ? '0 0 * * *' : count === 1 ? '0 * * * *' : `0 */${count} * * *`;
  return undefined;
}
