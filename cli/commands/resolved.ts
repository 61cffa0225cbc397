import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest, type PlacedField, resolveJob } from '../../compiler/index.js';
import { invalid, notFound } from '../../runtime/errors.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import { connect } from '../contexts.js';
import { foundLines } from '../found-lines.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

type Field = Omit<PlacedField, 'line' | 'column'> & Partial<Pick<PlacedField, 'line' | 'column'>>;

/**
 * Prints every field of a job with its value and what gave it: from the files of `dir`, or of this directory where it is a project, with lines; else
 * as the server has it in force, with files. Exit 1 when the files have errors.
 */
export async function resolved(
  terminal: Terminal,
  name: string,
  dir: string | undefined,
  options: Readonly<{ project?: string }>,
): Promise<number> {
  const folder = resolve(terminal.cwd, dir ?? '.');
  if (dir !== undefined && !isProject(folder))
    throw invalid(`${dir} is no Hera project`, { help: 'a project has `hera.project.yaml` or `.ts` at its root' });
  return isProject(folder) && options.project === undefined
    ? fromFiles(terminal, folder, name)
    : fromServer(terminal, name, options);
}

const isProject = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((file) => /^hera\.project\.(ts|ya?ml)$/.test(file));

async function fromFiles(terminal: Terminal, folder: string, name: string): Promise<number> {
  const tree = await readDirectory(folder);
  const found = await resolveJob(tree, name);
  if (found.kind === 'broken') {
    terminal.say(...foundLines(terminal, found.diagnostics, tree));
    return 1;
  }
  if (found.kind === 'unknown') {
    const guess = nearest(name, found.ids);
    throw notFound(`there is no job ${JSON.stringify(name)}`, {
      help: guess === undefined ? '`hera compile` lists the jobs' : `did you mean ${guess}?`,
    });
  }
  const { job, fields } = found;
  terminal.json({ job: job.id, file: job.file, fields });
  print(terminal, job.id, job.file, fields);
  return 0;
}

async function fromServer(terminal: Terminal, name: string, options: Readonly<{ project?: string }>): Promise<number> {
  const { job, file, commit, resolved } = await (await connect(terminal)).job(name, options.project);
  terminal.json({ job, file, commit, fields: resolved });
  print(terminal, job, `${file} at ${commit.slice(0, 12)}`, resolved as readonly Field[]);
  return 0;
}

function print(terminal: Terminal, job: string, file: string, fields: readonly Field[]): void {
  terminal.print(`${terminal.colors.bold(job)}  ${file}`);
  const rows = fields.map(({ field, value, from, file, line }) => [
    field,
    typeof value === 'string' ? value : JSON.stringify(value),
    file === null ? terminal.colors.dim('built-in default') : `${file}${line ? `:${line}` : ''} (${WORDS[from]})`,
  ]);
  for (const line of table(['FIELD', 'VALUE', 'FROM'], rows, terminal.columns)) terminal.print(line);
}

const WORDS = {
  job: 'own',
  folder: 'folder',
  project: 'project',
  base: 'its base',
  default: 'built-in default',
} as const;
