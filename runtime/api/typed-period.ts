import { parsePeriod } from '../../compiler/calendar/index.js';
import { invalid } from '../errors.js';
import type { DeployedJob } from '../store/deployment.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import { FORMS, meantPeriod } from './meant-period.js';

const AGO = /^now(?:-(\d{1,6})([smhdw]))?$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An end of a range: what `parsePeriod` reads (a date is its first instant), `now`, or `now-24h`. */
export function parseBound(text: string, zone: string): Date {
  const ago = AGO.exec(text);
  if (ago) return new Date(Date.now() - Number(ago[1] ?? 0) * UNIT_MS[(ago[2] ?? 's') as keyof typeof UNIT_MS]);
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no time`, { help: FORMS });
  return new Date(typed.kind === 'instant' ? typed.instant : typed.from);
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
