import type { Cron, CronProblem } from './cron.js';
import { meantCron } from './cron-guess.js';
import { refuse, splitFields } from './cron-text.js';
import { firesOnSomeDay } from './day-match.js';
import { parseQuartzCron } from './quartz-cron.js';
import { MACRO_NAMES, macroText, parseUnixCron } from './unix-cron.js';

export type ParsedCron = Readonly<{ ok: true; cron: Cron }> | Readonly<{ ok: false; problem: CronProblem }>;

/**
 * Reads a cron: five fields are Unix (A2, macros such as `@daily` too), six or seven are Quartz (A3).
 * A cron that has no tick in 1970–2100 is refused as well (A4). Never throws; the first problem is returned with its place.
 */
export function parseCron(text: string): ParsedCron {
  const cron = readFields(text);
  if ('message' in cron) return { ok: false, problem: cron };
  if (firesOnSomeDay(cron)) return { ok: true, cron };
  const help = 'write a date that exists between 1970 and 2100';
  return { ok: false, problem: refuse(trimmed(text), `\`${text.trim()}\` never fires`, help) };
}

function readFields(text: string): Cron | CronProblem {
  const wide = wideSign(text);
  if (wide) return wide;
  const fields = splitFields(text);
  if (fields[0]?.text.startsWith('@')) return readMacro(text);
  if (fields.length === 5) return parseUnixCron(fields);
  if (fields.length === 6 || fields.length === 7) return parseQuartzCron(fields);
  const count = fields.length === 1 ? '1 field' : `${fields.length} fields`;
  const help =
    meantCron(text) ??
    'write five fields (minute hour day month weekday), or six or seven in Quartz form (seconds first)';
  return refuse(trimmed(text), fields.length === 0 ? 'the cron is empty' : `a cron of ${count}`, help);
}

/** What a Chinese keyboard writes for `*`, `,`, a digit, a space or a quote (`＊`, `，`, `３`, `“`). */
function wideSign(text: string): CronProblem | undefined {
  const found = /[\u2018-\u201d\u3000-\u3001\uff01-\uff5e]/.exec(text);
  if (!found) return undefined;
  const meant = text
    .replace(/[\u2018-\u201d]/g, '')
    .replaceAll('\u3001', ',')
    .normalize('NFKC')
    .trim();
  return refuse({ text: found[0], offset: found.index }, `\`${found[0]}\` is a full-width sign`, `write \`${meant}\``);
}

function readMacro(text: string): Cron | CronProblem {
  const at = trimmed(text);
  const fields = macroText(at.text);
  if (fields) return parseUnixCron(splitFields(fields));
  return refuse(
    at,
    `\`${at.text}\` is not a known name`,
    meantCron(text) ?? `write ${MACRO_NAMES.join(', ')}, or five fields`,
  );
}

function trimmed(text: string): { text: string; offset: number } {
  return { text: text.trim(), offset: text.length - text.trimStart().length };
}
