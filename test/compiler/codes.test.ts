import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codes, compile, exampleTree } from '../../compiler/index.js';

const codesOf = async (files: Readonly<Record<string, string>>) =>
  (await compile(exampleTree(files))).diagnostics.map(({ code }) => code);

describe('every code of the catalogue', () => {
  test.each(Object.entries(codes))(
    '%s is what its failing example gives, and nothing once repaired',
    async (code, { failing, repaired }) => {
      expect([...new Set(await codesOf(failing))]).toEqual([code]);
      expect(await codesOf(repaired)).toEqual([]);
    },
  );

  test('codes in the source and in the catalogue are the same', () => {
    const folder = join(import.meta.dirname, '../../compiler');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !path.includes('catalogue'),
    );
    const used = new Set(sources.flatMap((path) => readFileSync(join(folder, path), 'utf8').match(/HERA\d{4}/g) ?? []));
    expect([...used].sort()).toEqual(Object.keys(codes));
  });
});
