import { parsePeriod } from '../../compiler/calendar/index.js';
import { invalid } from '../errors.js';
import type { Queryable } from '../store/database.js';
import type { DeployedJob } from '../store/deployment.js';
import { databaseNow } from '../store/ledger.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import { FORMS, meantPeriod } from './meant-period.js';

const AGO = /^now(?:-(\d{1,6})([smhdw]))?$/;
const FROM_NOW = /^\+?(\d{1,6})([smhdw])$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const lengthOf = (n = '0', unit = 's'): number => Number(n) * UNIT_MS[unit as keyof typeof UNIT_MS];

/** An end of a range: what `parsePeriod` reads (a date is its first instant), or `now` and `now-24h` by the clock of the database. */
export async function parseBound(database: Queryable, text: string, zone: string): Promise<Date> {
  const ago = AGO.exec(text);
  if (ago) return new Date((await databaseNow(database)).getTime() - lengthOf(ago[1], ago[2]));
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no time`, { help: FORMS });
  return new Date(typed.kind === 'instant' ? typed.instant : typed.from);
}

/** An end that is still to come: `2h` from now by the clock of the database, or a time as everywhere. */
export async function parseUntil(database: Queryable, text: string, zone: string): Promise<Date> {
  const ahead = FROM_NOW.exec(text);
  if (ahead) return new Date((await databaseNow(database)).getTime() + lengthOf(ahead[1], ahead[2]));
  return parseBound(database, text, zone);
}

/** The instants a typed period may mean, `to` exclusive. */
export function parseSpan(text: string, zone: string): Readonly<{ from: Date; to: Date }> {
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no period`, { help: FORMS });
  const [from, to] = typed.kind === 'instant' ? [typed.instant, typed.instant + 1] : [typed.from, typed.to];
  return { from: new Date(from), to: new Date(to) };
}

/** The period of `job` that a person means, by the rules of `meantPeriod`. */
export const choosePeriod = (catalogue: Catalogue, { path, body }: DeployedJob, text: string): Date =>
  meantPeriod({ path, zone: body.zone, calendar: calendarOf(catalogue, body) }, text);
