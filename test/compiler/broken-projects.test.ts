import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, printDiagnostics } from '../../compiler/index.js';
import { readDirectory } from '../../runtime/git/working-tree.js';

// What a new user does, named after the mistake: `broken/` beside `repaired/`, and what is said of the broken one, which alone must lead from the
// one to the other. UPDATE=1 rewrites what is said; read it as if you had never seen the project.

const FOLDER = join(import.meta.dirname, 'fixtures/broken');
const names = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(names.map(({ name }) => name))('%s', (name) => {
  test('is told', async () => {
    const tree = await readDirectory(join(FOLDER, name, 'broken'));
    const { manifest, diagnostics } = await compile(tree);
    expect(manifest).toBeNull();
    const said = printDiagnostics(diagnostics, tree);
    const file = join(FOLDER, name, 'said.txt');
    if (process.env.UPDATE || !existsSync(file)) writeFileSync(file, said);
    expect(said).toBe(readFileSync(file, 'utf8'));
  });

  test('compiles once repaired, without a word', async () => {
    const { manifest, diagnostics } = await compile(await readDirectory(join(FOLDER, name, 'repaired')));
    expect(diagnostics).toEqual([]);
    expect(manifest).not.toBeNull();
  });
});
