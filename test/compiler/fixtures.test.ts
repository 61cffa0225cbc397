import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, printDiagnostics, type Tree } from '../../compiler/index.js';

// A folder below `fixtures/valid` or `fixtures/invalid` is a project; beside it lies what it must compile to: a manifest, or the diagnostics as printed.
// UPDATE=1 rewrites these; read the difference before you commit it.

const FIXTURES = join(import.meta.dirname, 'fixtures');

function treeOf(folder: string): Tree {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path)]),
  );
}

function expectText(path: string, text: string): void {
  if (process.env.UPDATE || !existsSync(path)) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const projects = (kind: string): readonly string[] =>
  readdirSync(join(FIXTURES, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('valid', () => {
  test.each(projects('valid'))('%s compiles to its manifest', async (name) => {
    const tree = treeOf(join(FIXTURES, 'valid', name));
    const { manifest, blobs, diagnostics } = await compile(tree);
    expect(printDiagnostics(diagnostics, tree)).toBe('');
    for (const { run } of manifest!.jobs)
      for (const hash of [run.script.sha256, ...run.files.map(({ sha256 }) => sha256)])
        expect(blobs.has(hash)).toBe(true);
    expectText(join(FIXTURES, 'valid', `${name}.json`), `${JSON.stringify(manifest, null, 2)}\n`);
  });
});

describe('invalid', () => {
  test.each(projects('invalid'))('%s gives its diagnostics', async (name) => {
    const tree = treeOf(join(FIXTURES, 'invalid', name));
    const { manifest, diagnostics } = await compile(tree);
    expect(manifest).toBeNull();
    expectText(join(FIXTURES, 'invalid', `${name}.txt`), printDiagnostics(diagnostics, tree));
  });
});

test('the same tree gives the same bytes, whatever the order of its files', async () => {
  const tree = treeOf(join(FIXTURES, 'valid', 'shop'));
  const [one, other] = [await compile(tree), await compile(new Map([...tree].reverse()))];
  expect(JSON.stringify(one.manifest)).toBe(JSON.stringify(other.manifest));
  expect([...one.blobs.keys()].sort()).toEqual([...other.blobs.keys()].sort());
});
