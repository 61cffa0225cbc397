import type { Client } from '../runtime/api/client.js';
import { invalid, notFound } from '../runtime/errors.js';

/** The project that is meant: the named one, else the server's only one. */
export async function onlyProject(client: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const names = (await client.projects()).map(({ name }) => name);
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
  throw invalid('name the project', { help: `--project, one of: ${names.join(', ')}` });
}
