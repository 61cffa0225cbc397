import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/index.js';
import { Feed } from '../../../compiler/source/feed.js';
import { evaluateAll, LIMITS } from '../../../compiler/source/sandbox.js';
import { attack, TIGHT, treeOf } from './attack.js';

// What does not end, grows or answers with more than it may: named, and nobody else is held up by it.

const MADE = `import { defineJob, shell } from 'hera';\nexport default defineJob({ run: shell('true'), tags: [found] } as never);\n`;
const NAMED = [expect.stringMatching(/^x\.ts HERA500[3-8]$/)];

describe('what never ends is named', () => {
  test.each([
    ['sorting with a comparison that loops', `[3, 1, 2].sort(() => { for (;;); });`],
    ['a regular expression', `/^(a+)+$/.test('a'.repeat(60) + 'b');`],
    ['JSON with a toJSON that loops', `JSON.stringify({ toJSON() { for (;;); } });`],
    ['a power of big integers', `const n = 7n ** (2n ** 22n); const m = n * n * n; String(m);`],
    ['repeating a string', `let s = 'x'; for (;;) s = s.repeat(2);`],
    ['padding a string', `let s = 'x'; for (;;) s = s.padEnd(s.length * 2, s);`],
    [
      'a getter of the definition',
      `export const value = { get title(): string { for (;;); } };\nimport { defineJob as d } from 'hera'; d(value as never); value.title;`,
    ],
    ['a proxy as error', `throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });`],
    ['a text of an error that loops', `throw { toString() { for (;;); } };`],
    ['a generator', `function* g() { for (;;) yield 1; }\nfor (const _ of g());`],
    ['recursion through a proxy', `const p: any = new Proxy({}, { get: (_, k) => p[k] }); p.x;`],
  ])('%s', async (_, body) => {
    const { said } = await attack({
      'x.ts': `${body}\nconst found = 'x';\n${MADE.replace('const found', 'const other')}`,
    });
    expect(said).toEqual(NAMED);
  });

  test.each([
    ['a promise that is never kept', `const found = String(new Promise(() => {}));`],
    [
      'a chain of promises without end',
      `const again = (): Promise<void> => Promise.resolve().then(again); void again(); const found = 'x';`,
    ],
    ['an async function that waits for ever', `(async () => { for (;;) await null; })(); const found = 'x';`],
    [
      'an async generator',
      `(async () => { for await (const _ of (async function* () { for (;;) yield 1; })()); })(); const found = 'x';`,
    ],
  ])('%s is never carried on: the definition is what it was without it', async (_, body) => {
    expect((await attack({ 'x.ts': `${body}\n${MADE}` })).said).toEqual([]);
  });

  test('awaiting at the top is no definition', async () => {
    expect((await attack({ 'x.ts': `const found = await new Promise<string>(() => {});\n${MADE}` })).said).toEqual([
      'x.ts HERA5001',
    ]);
  });

  test('without the clock of the parent, a native call holds the child: it is that clock that ends it', async () => {
    const feed = new Feed();
    feed.addFile({
      file: 'x.ts',
      imports: {},
      code: `const s = 'a'.repeat(2 ** 20); for (let i = 0; i < 1e9; i++) s.indexOf('b'.repeat(2 ** 10) + i);`,
    });
    feed.end();
    // The guard is taken away, the commit's whole time is left: the file is only stopped by that.
    const outcomes = await evaluateAll(feed, {
      limits: { ...LIMITS, fileMs: 1e9, silenceMs: 1e9, totalMs: 3_000 },
    });
    expect(outcomes).toEqual([{ fault: 'budget' }]);
  });

  test('two files that hold the engine in native calls are both found, and the one between them is not blamed', async () => {
    const held = `const s = 'a'.repeat(2 ** 20); for (let i = 0; i < 1e9; i++) s.indexOf('b'.repeat(2 ** 10) + i);`;
    const { said } = await attack(
      { 'x1.ts': held, 'x2.ts': MADE.replace('[found]', "['y']"), 'x3.ts': held },
      { limits: { ...TIGHT, fileMs: 1e9, silenceMs: 1_500 } },
    );
    expect(said).toEqual(['x1.ts HERA5004', 'x3.ts HERA5004']);
  });
});

describe('what is too much is refused', () => {
  test.each([
    ['data', `const found = 'x'.repeat(2e7);`],
    ['data in many small pieces', `const found: unknown = Array.from({ length: 2e5 }, () => 'abcdefgh');`],
    ['the message of an error', `throw new Error('x'.repeat(2e7));`],
    ['the stack of an error', `const e = new Error('x'); e.stack = 'y'.repeat(2e7); throw e;`],
    ['the name of an error', `const e = new Error('x'); e.name = 'z'.repeat(2e7); throw e;`],
    ['a console, which there is not', `(globalThis as any).console.log('x'.repeat(2e7));`],
    [
      'a hundred megabytes',
      `let s = 'x'.repeat(1e6); const all: string[] = []; for (let i = 0; i < 100; i++) all.push(s + i); throw new Error(all.join(''));`,
    ],
    ['deep recursion', `const f = (n: number): number => f(n + 1) + 1; f(0);`],
    ['deep data', `let d: any = []; for (let i = 0; i < 1e5; i++) d = [d]; const found = d;`],
    ['memory', `const all: unknown[] = []; for (;;) all.push(new Uint8Array(1e6));`],
  ])('%s', async (_, body) => {
    const { said, compiled } = await attack({
      'x.ts': `${body}\nimport { defineJob, shell } from 'hera';\nexport default defineJob({ run: shell('true'), tags: (typeof found === 'undefined' ? [] : found) } as never);\n`,
    });
    expect(said).toEqual(NAMED);
    expect(JSON.stringify(compiled.diagnostics).length).toBeLessThan(20_000);
  });

  test.each([
    ['ends of the process', `(globalThis as any).process.exit(0);`],
    ['a thrown null', `throw null;`],
    ['a thrown symbol', `throw Symbol('x');`],
    ['a thrown frozen error without a prototype', `throw Object.freeze(Object.create(null));`],
    [
      'an error with getters that throw',
      `throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1; } });`,
    ],
    ['a revoked proxy', `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;`],
  ])('%s', async (_, body) => {
    expect((await attack({ 'x.ts': `${body}\nconst found = 'x';\n${MADE}` })).said).toEqual(NAMED);
  });
});

describe('trees beyond measure', () => {
  test('a hundred thousand files beside a job cost moments, not minutes', async () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`data/${i % 100}/${i}.txt`, 'x']));
    const { manifest } = await compile(
      treeOf({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.yaml': 'run: { shell: x }\n', ...many }),
    );
    expect(manifest?.jobs.map(({ id }) => id)).toEqual(['a']);
  }, 30_000);

  test('a definition of a megabyte is refused before any parser sees it', async () => {
    const { said } = await attack({ 'x.ts': `// ${'x'.repeat(2 ** 20)}\n`, 'y.yaml': `# ${'x'.repeat(2 ** 20)}\n` });
    expect(said).toEqual(['x.ts HERA5001', 'y.yaml HERA1009']);
  });
});
