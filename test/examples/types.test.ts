import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'types-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What an editor would underline in these files, with `hera` as authors import it. */
function typeErrors(include: string): string {
  const compilerOptions = {
    ...{
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: [],
    },
    paths: { hera: [join(ROOT, 'compiler/define/index.ts')] },
  };
  const project = join(directory, 'tsconfig.json');
  writeFileSync(project, JSON.stringify({ compilerOptions, include: [include] }));
  const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' });
  return status === 0 ? '' : stdout;
}

test('the TypeScript definitions of the warehouse have no type error', () => {
  expect(typeErrors(join(ROOT, 'examples/warehouse/**/*.ts'))).toBe('');
});

test('TypeScript definitions that use every field of the language have no type error', () => {
  expect(typeErrors(join(ROOT, 'test/compiler/fixtures/twins/**/*.ts'))).toBe('');
});

test('a misspelled field is a type error', () => {
  const file = join(directory, 'job.ts');
  writeFileSync(
    file,
    "import { defineJob, shell } from 'hera';\nexport default defineJob({ run: shell('true'), shedule: '@daily' });\n",
  );
  expect(typeErrors(file)).toContain("'shedule' does not exist");
});
