import type { FreezeTarget } from '../control/control.js';
import { invalid, notFound } from '../errors.js';
import type { Database } from '../store/database.js';
import { type Catalogue, findInForce } from './catalogue.js';
import { chainOf, type Way } from './chain.js';

const FORMS =
  'write project, group:NAME, folder:PATH, job:ID, upstream-of:JOB, downstream-of:JOB, or just a job or a folder';

/**
 * What a person means to freeze: `project`, `group:NAME`, `folder:PATH`, `job:ID`, the chain `upstream-of:JOB` or `downstream-of:JOB`, or a bare
 * name, which is a job's before it is a folder's.
 * Throws `not-found`, `invalid`.
 */
export async function parseScope(database: Database, catalogue: Catalogue, text: string): Promise<FreezeTarget> {
  if (text === 'project') return { scope: 'project', subject: '', job: null };
  const [, way, end] = /^(upstream-of|downstream-of):(.+)$/.exec(text) ?? [];
  if (end !== undefined) return chainOf(catalogue, await findInForce(database, catalogue, end), way as Way);
  const [, kind, name] = /^(?:(job|folder|group):)?(.+)$/.exec(text) ?? [];
  if (name === undefined) throw invalid(`${JSON.stringify(text)} names nothing to freeze`, { help: FORMS });
  if (kind === 'group') return groupOf(catalogue, name);
  const folder = name.replace(/\/+$/, '');
  const isFolder = kind !== 'job' && catalogue.jobs.some((job) => job.path.startsWith(`${folder}/`));
  if (isFolder && (kind === 'folder' || !catalogue.byPath.has(name)))
    return { scope: 'folder', subject: folder, job: null };
  if (kind === 'folder') throw notFound(`no job in force is below ${folder}`, { help: 'see: hera jobs' });
  const job = await findInForce(database, catalogue, name);
  return { scope: 'job', subject: job.path, job: job.number };
}

function groupOf({ jobs }: Catalogue, name: string): FreezeTarget {
  const groups = [...new Set(jobs.map((job) => job.body.machineGroup))].sort();
  if (groups.includes(name)) return { scope: 'group', subject: name, job: null };
  throw notFound(`no job in force runs on machine group ${name}`, { help: `there are: ${groups.join(', ')}` });
}
