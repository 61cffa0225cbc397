import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jsonText } from '../../compiler/check/spelling.js';
import { jsonSchemas, nearest, SCHEMAS, type SchemaName } from '../../compiler/index.js';
import { invalid } from '../../runtime/errors.js';
import { languageFiles } from '../editor-files.js';
import type { Terminal } from '../terminal.js';

/** Prints a JSON Schema of the YAML language, or all of them by name; with `output`, writes them and the declarations for TypeScript into a folder. */
export async function schema(
  terminal: Terminal,
  name: string | undefined,
  { output }: Readonly<{ output?: string }>,
): Promise<number> {
  if (name !== undefined && !isSchema(name)) throw unknown(name);
  if (output !== undefined) return write(terminal, output);
  const schemas = jsonSchemas();
  terminal.write(Buffer.from(`${jsonText(name === undefined ? schemas : schemas[name])}\n`));
  return 0;
}

const isSchema = (name: string): name is SchemaName => (SCHEMAS as readonly string[]).includes(name);

function unknown(name: string) {
  const guess = nearest(name, SCHEMAS);
  return invalid(`there is no schema ${JSON.stringify(name)}`, {
    help: guess === undefined ? `one of ${SCHEMAS.join(', ')}` : `did you mean ${guess}?`,
  });
}

function write(terminal: Terminal, output: string): number {
  const folder = resolve(terminal.cwd, output);
  mkdirSync(folder, { recursive: true });
  const files = languageFiles();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  terminal.json({ dir: folder, files: Object.keys(files) });
  terminal.print(`${output}: ${Object.keys(files).join(', ')}`);
  return 0;
}
