import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, type Tree } from '../../../compiler/index.js';
import { LIMITS } from '../../../compiler/source/sandbox.js';

// What a stranger may push. Each of these files tries something; the server must stay whole and the honest file beside it must still compile.

const HONEST = `import { daily, defineJob, shell } from 'hera';\nexport default defineJob({ schedule: daily('02:30'), run: shell('true') });\n`;
const DEFINE = `import { defineJob, shell } from 'hera';\nexport default defineJob({ title: String(found), schedule: '0 1 * * *', run: shell('true') });\n`;

const treeOf = (files: Readonly<Record<string, string>>): Tree => {
  const all = { 'hera.project.yaml': 'name: shop\nzone: UTC\n', ...files };
  return new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)]));
};

/** The title a file computed, which carries what it found. */
const titleOf = async (body: string, others: Readonly<Record<string, string>> = {}) => {
  const { manifest, diagnostics } = await compile(treeOf({ 'attack.ts': `${body}\n${DEFINE}`, ...others }));
  return manifest?.jobs.find(({ id }) => id === 'attack')?.title ?? diagnostics.map(({ code }) => code).join();
};

describe('a definition sees nothing of the server', () => {
  test('no environment, process, module loader, timer or clock', async () => {
    const names = [
      'process',
      'require2',
      'console',
      'setTimeout',
      'performance',
      'fetch',
      'Deno',
      'Buffer',
      'WebAssembly',
      'SharedArrayBuffer',
      'std',
      'os',
      'scriptArgs',
      'print',
    ];
    expect(await titleOf(`const found = ${JSON.stringify(names)}.filter((name) => name in globalThis);`)).toBe('');
  });

  test('the constructors of everything lead back into the sandbox', async () => {
    const climb = `const found = [[].constructor.constructor, (() => 0).constructor, shell.constructor].map((F) => F('return typeof process + typeof globalThis.process')()).join();`;
    expect(
      await titleOf(`import { shell as s } from 'hera';\n${climb.replace('shell.constructor', 's.constructor')}`),
    ).toBe('undefinedundefined,undefinedundefined,undefinedundefined');
  });

  test('the disk cannot be imported, by any spelling', async () => {
    for (const path of [
      'fs',
      'node:fs',
      '/etc/passwd',
      '../../../../etc/passwd',
      'file:///etc/passwd',
      'data:text/javascript,1',
    ])
      expect(await titleOf(`import * as x from '${path}';\nconst found = Object.keys(x);`), path).toBe('HERA5002');
    expect(await titleOf(`const found = import('node:fs') && 'pending';`)).not.toContain('passwd');
  });

  test('a package is only what the commit holds', async () => {
    expect(await titleOf(`import { double } from 'numbers';\nconst found = double(21);`)).toBe('HERA5002');
    const vendored = {
      'vendor/node_modules/numbers/package.json': '{"main":"lib/index.js"}',
      'vendor/node_modules/numbers/lib/index.js': 'exports.double = (n) => 2 * n;',
    };
    expect(await titleOf(`import { double } from 'numbers';\nconst found = double(21);`, vendored)).toBe('42');
    const leaving = { 'vendor/node_modules/numbers/package.json': '{"main":"../../../../etc/passwd"}' };
    expect(await titleOf(`import { double } from 'numbers';\nconst found = double(21);`, leaving)).toBe('HERA5002');
  });
});

describe('a definition leaves nothing for the next file', () => {
  test('prototypes, globals and the module hera are frozen', async () => {
    for (const change of [
      'Array.prototype.x = 1',
      'Object.prototype.x = 1',
      'globalThis.x = 1',
      'JSON.stringify = () => "{}"',
      'Function.prototype.call = null',
      'Object.setPrototypeOf(Object.prototype, {})',
    ])
      expect(await titleOf(`const found = 1; ${change};`), change).toBe('HERA5003');
    expect(await titleOf(`import * as hera from 'hera';\nconst found = 1; (hera as any).defineJob = () => 0;`)).toMatch(
      /HERA500[13]/,
    );
    expect(await titleOf(`const found = 1; (Object.getPrototypeOf(function* () {}) as any).x = 1;`)).toBe('HERA5003');
  });

  test('a helper is evaluated anew for every file that imports it', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [
        `${name}.ts`,
        `import { next } from './_count.js';\nconst found = next();\n${DEFINE}`,
      ]),
    );
    const { manifest } = await compile(
      treeOf({ ...files, '_count.ts': 'let n = 0;\nexport const next = () => ++n;\n' }),
    );
    expect(manifest?.jobs.map(({ title }) => title)).toEqual(['1', '1', '1']);
  });

  test('importing a job gives a reference and does not run its file', async () => {
    const { diagnostics, manifest } = await compile(
      treeOf({
        'a.ts': `import b from './b.js';\nimport { defineJob, shell } from 'hera';\nexport default defineJob({ needs: [b], run: shell('true') });\n`,
        'b.ts': HONEST,
      }),
    );
    expect(diagnostics).toEqual([]);
    expect(manifest?.jobs[0]?.needs).toMatchObject([{ job: 'b' }]);
  });
});

describe('a definition that does not end, grows or dies', () => {
  const limits = { ...LIMITS, fileMs: 300, silenceMs: 4000 };
  const attacks: Readonly<Record<string, string>> = {
    'a loop without end': 'for (;;);',
    'a loop that swallows the interrupt': 'for (;;) { try { for (;;); } catch {} finally { continue; } }',
    'a native call that never looks at the clock': `const s = 'a'.repeat(2 ** 20); for (let i = 0; i < 1e9; i++) s.indexOf('b'.repeat(2 ** 10) + i);`,
    'a regular expression that backtracks': `/^(a+)+$/.test('a'.repeat(60) + 'b');`,
    'an array that grows': 'const all: unknown[] = []; for (;;) all.push(new Array(1e6).fill(all));',
    'a recursion without end': 'const f = (n: number): number => f(n + 1) + 1; f(0);',
    'a value that never ends': 'export const x = 1; Object.defineProperty(Object, "x", {});',
    'an exit': '(globalThis as any).process.exit(0);',
  };

  test.each(Object.entries(attacks))('%s is named, and the honest files beside it compile', async (_, body) => {
    const { diagnostics } = await compile(
      treeOf({ 'a.ts': HONEST, 'b.ts': `${body}\n${HONEST}`, 'c.ts': HONEST, 'd.yaml': 'bad: 1\nrun: { shell: x }\n' }),
      { limits },
    );
    expect(diagnostics.map(({ file }) => file)).toEqual(['b.ts', 'd.yaml']);
    expect(diagnostics[0]?.code).toMatch(/^HERA500[345]$/);
  });

  test('a getter that answers differently, a cycle and a deep nest are one diagnostic each', async () => {
    for (const value of [
      '(() => { const a: any = {}; a.a = a; return a; })()',
      '{ title: () => 1 }',
      '{ title: new Map() }',
      '{ timeout: NaN }',
      '{ title: Symbol() }',
      '{ alias: 10n }',
    ])
      expect(
        (
          await compile(
            treeOf({ 'a.ts': `import { defineJob } from 'hera';\nexport default defineJob(${value} as any);\n` }),
          )
        ).diagnostics.map(({ code }) => code),
        value,
      ).toEqual(['HERA5007']);
  });

  test('two files that each hold the engine are both found', async () => {
    const { diagnostics } = await compile(treeOf({ 'a.ts': 'for (;;);', 'b.ts': HONEST, 'c.ts': 'for (;;);' }), {
      limits,
    });
    expect(diagnostics.map(({ file, code }) => [file, code])).toEqual([
      ['a.ts', 'HERA5004'],
      ['c.ts', 'HERA5004'],
    ]);
  });

  test('no child of the sandbox is left', async () => {
    await compile(treeOf({ 'a.ts': 'for (;;);' }), { limits });
    const children = execFileSync('ps', ['-o', 'args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
    expect(children).not.toContain('sandbox-child');
  });
});

test('the built compiler finds its sandbox too', async () => {
  const dist = join(import.meta.dirname, '../../../dist/compiler/index.js');
  // The build is made by `npm test`; without it there is nothing to try.
  if (!existsSync(dist)) return;
  const folder = mkdtempSync(join(tmpdir(), 'hera-built-'));
  try {
    const program = `import { compile } from ${JSON.stringify(dist)};
      const files = ${JSON.stringify({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.ts': HONEST })};
      const { manifest } = await compile(new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])));
      console.log(manifest.jobs.map((job) => job.id).join());`;
    expect(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', cwd: folder }),
    ).toBe('a\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
