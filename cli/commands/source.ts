import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { onlyProject } from '../only-project.js';
import { isAlarm, sourceLines } from '../source-line.js';
import type { Terminal } from '../terminal.js';

export type SourceOptions = Readonly<{ branch: string; under: string; project?: string }>;

/** The branches that projects are deployed from, and whether they are in force; exit 1 when one needs somebody. */
export async function listSources(terminal: Terminal): Promise<number> {
  const found = await (await connect(terminal)).sources();
  terminal.json(found);
  if (found.length === 0) terminal.print('no branch is set: any commit may be applied');
  for (const one of found) for (const line of sourceLines(terminal.colors, one)) terminal.print(line);
  return found.some(isAlarm) ? 1 : 0;
}

/** Says which branch deploys a project; `-` as the repository: the server reads none itself. */
export async function setSource(terminal: Terminal, repository: string, options: SourceOptions): Promise<number> {
  const client = await connect(terminal);
  const project = await onlyProject(client, options.project);
  const { branch, under } = options;
  const set = await client.setSource({
    project,
    repository: repository === '-' ? null : placeOf(terminal, repository),
    branch,
    under,
  });
  terminal.json(set);
  for (const line of sourceLines(terminal.colors, set)) terminal.print(line);
  return isAlarm(set) ? 1 : 0;
}

/** Lets any branch deploy again. */
export async function removeSource(terminal: Terminal, options: Readonly<{ project?: string }>): Promise<number> {
  const client = await connect(terminal);
  const project = await onlyProject(client, options.project);
  await client.removeSource(project);
  terminal.json({ project });
  terminal.print(`${project} may be deployed from any branch now`);
  return 0;
}

/** Compares branch and production now; exit 1 when somebody must do something. */
export async function checkSource(terminal: Terminal, options: Readonly<{ project?: string }>): Promise<number> {
  const client = await connect(terminal);
  const found = await client.checkSource(await onlyProject(client, options.project));
  terminal.json(found);
  for (const line of sourceLines(terminal.colors, found)) terminal.print(line);
  return isAlarm(found) ? 1 : 0;
}

/** A path of this machine is made absolute: the server may run in another directory. */
function placeOf(terminal: Terminal, repository: string): string {
  if (/^[a-z+]+:\/\//.test(repository) || /^[^/\s]+@[^/\s]+:/.test(repository)) return repository;
  const path = resolve(terminal.cwd, repository);
  if (existsSync(path)) return path;
  throw invalid(`there is no ${repository} here`, {
    help: 'give a path that is, https://…, ssh://… or user@host:path',
  });
}
