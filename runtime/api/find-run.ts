import { printPeriodIn } from '../../compiler/calendar/index.js';
import { invalid, notFound } from '../errors.js';
import { type RunRecord, readRunRecord, runsWithin } from '../store/read-run.js';
import { findNumber } from './catalogue.js';
import type { Parts } from './route.js';
import { parseSpan } from './typed-period.js';

/** A run by its number or as `JOB@PERIOD`. A day means the job's only run of it; several are listed. Throws `not-found`, `invalid`. */
export async function findRun(parts: Parts, name: string, project: string | undefined): Promise<RunRecord> {
  const id = /^\d{1,18}$/.test(name) ? name : await findByPeriod(parts, name, project);
  const row = await readRunRecord(parts.database, id);
  if (!row) throw notFound(`there is no run ${name}`);
  return row;
}

async function findByPeriod(
  { database, catalogues }: Parts,
  name: string,
  project: string | undefined,
): Promise<string> {
  const at = name.lastIndexOf('@');
  if (at < 1) throw invalid(`${JSON.stringify(name)} names no run`, { help: 'a run is a number, or JOB@PERIOD' });
  const job = name.slice(0, at);
  const catalogue = await catalogues.of(await catalogues.projectOf(project));
  if (!catalogue) throw notFound('nothing is deployed yet');
  const number = await findNumber(database, catalogue, job);
  const zone = catalogue.byNumber.get(number)?.body.zone ?? catalogue.zone;
  const { from, to } = parseSpan(name.slice(at + 1), zone);
  const found = await runsWithin(database, catalogue.project, number, from, to);
  if (found.length === 1) return found[0]!.run;
  if (found.length === 0)
    throw notFound(`${job} has no run for ${name.slice(at + 1)}`, { help: `see: hera runs --job ${job}` });
  const periods = found.map((run) => printPeriodIn(zone, run.period.getTime()));
  throw invalid(`${job} has ${found.length} runs there`, { help: `name one: ${periods.join(', ')}` });
}
