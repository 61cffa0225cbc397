import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { diagnosticsPage } from '../scripts/diagnostics.js';

// What the documents say is what is there.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}/docs`).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith('.md'),
);

describe('documents', () => {
  test('docs/diagnostics.md is what `npm run docs` writes', async () => {
    expect(read('docs/diagnostics.md')).toBe(await diagnosticsPage());
  });

  test('every dependency has its sentence, and every sentence its dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const page = read('docs/dependencies.md');
    const named = new Set([...page.matchAll(/`([^`\s]+)`/g)].map((match) => match[1]!));
    const short = (name: string): string => name.replace('@temporalio/', '');
    const missing = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !named.has(name) && !named.has(short(name)),
    );
    expect(missing).toEqual([]);
  });

  test('every version is pinned exactly', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d/.test(version));
    expect(loose).toEqual([]);
  });

  test.each(pages)('%s names only files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!);
    const folder = page.includes('/') ? 'docs/' : '';
    expect(links.filter((link) => !existsSync(`${root}/${folder}${link}`))).toEqual([]);
    const paths = [
      ...read(page).matchAll(
        /`((?:docs|compiler|runtime|cli|ui|workflows|test|bench|examples|scripts)\/[A-Za-z0-9_./-]+)`/g,
      ),
    ].map((match) => match[1]!);
    expect(paths.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });

  test('every proof in docs/reliability.md is a test that exists', () => {
    const page = read('docs/reliability.md');
    const proofs = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`: ([^|\n]+?) +\|/g)].map(([, file, name]) => ({
      file,
      name,
    }));
    const rows = page.split('\n').filter((line) => line.includes('.test.ts`'));
    expect(proofs).toHaveLength(rows.length);
    const plain = (text: string): string => text.replaceAll("\\'", "'");
    const untrue = proofs.filter(
      ({ file, name }) => !existsSync(`${root}/${file}`) || !plain(read(file!)).includes(name!),
    );
    expect(untrue).toEqual([]);
  });
});
