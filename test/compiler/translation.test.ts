import { describe, expect, test, vi } from 'vitest';
import type { Tree } from '../../compiler/index.js';
import { Feed } from '../../compiler/source/feed.js';
import { Kept } from '../../compiler/source/kept.js';
import type { Script } from '../../compiler/source/translate.js';
import { translateInto } from '../../compiler/source/translation.js';

// Files go to the translator a few at a time and in order, so that the sandbox has work from the first moment on.

const treeOf = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));

/** A feed that is filled, and what was asked of the translator and answered by it, in order. */
async function translated(files: Readonly<Record<string, string>>, kept = new Kept()) {
  kept.adopt(treeOf(files));
  const [asked, answered, open] = [[] as string[], [] as string[], new Set<string>()];
  let most = 0;
  const translate = kept.translate.bind(kept);
  vi.spyOn(kept, 'translate').mockImplementation((file) => {
    if (!asked.includes(file)) asked.push(file);
    open.add(file);
    most = Math.max(most, open.size);
    const made = translate(file);
    void made.then(() => {
      open.delete(file);
      if (!answered.includes(file)) answered.push(file);
    });
    return made;
  });
  const feed = new Feed();
  const fed: (readonly [string, number])[] = [];
  const addFile = feed.addFile.bind(feed);
  vi.spyOn(feed, 'addFile').mockImplementation((script) => {
    fed.push([script.file, answered.length]);
    addFile(script);
  });
  const entries = Object.keys(files).filter((file) => !file.startsWith('_'));
  const scripts = new Map<string, readonly Script[]>();
  await translateInto({
    ...{ feed, files: entries, kept, findings: [] },
    ...{ given: new Map(), scripts, reachedBy: new Map() },
  });
  vi.restoreAllMocks();
  return { asked, fed, most, scripts, messages: [...feed.from(0)].map(({ file }) => file) };
}

const numbered = (count: number, text: (i: number) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`job${String(i).padStart(4, '0')}.ts`, text(i)]));

describe('translation', () => {
  test('has few files with the translator at once, and feeds the first long before the last is translated', async () => {
    const { most, fed } = await translated(numbered(600, (i) => `export default ${i};\n`));
    expect(fed).toHaveLength(600);
    expect(most).toBeLessThan(100);
    expect(fed[0]![1]).toBeLessThan(200);
  });

  test('asks for a helper as soon as a file that imports it is known, not behind all other files', async () => {
    const files = {
      ...numbered(600, () => `import { x } from './_help.js';\nexport default x;\n`),
      '_help.ts': 'export const x = 1;\n',
    };
    const { asked, messages } = await translated(files);
    expect(asked.indexOf('_help.ts')).toBeLessThan(300);
    expect(messages.slice(0, 2)).toEqual(['_help.ts', 'job0000.ts']);
  });

  test('asks for nothing that is known and unchanged, and for all again whose helper is another', async () => {
    const kept = new Kept();
    const files = {
      'a.ts': `import { x } from './_help.js';\nexport default x;\n`,
      'b.ts': 'export default 1;\n',
      '_help.ts': 'export const x = 1;\n',
    };
    const first = await translated(files, kept);
    expect(first.messages).toEqual(['_help.ts', 'a.ts', 'b.ts']);
    for (const [file, scripts] of first.scripts)
      kept.keep(file, scripts, { file, kind: 'job', value: {}, root: [], texts: new Map() }, 10);
    expect(await translated(files, kept)).toMatchObject({ asked: [], messages: [] });
    const other = { ...files, '_help.ts': 'export const x = 2;\n' };
    expect((await translated(other, kept)).messages).toEqual(['_help.ts', 'a.ts']);
  });
});
