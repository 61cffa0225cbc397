import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/index.js';
import { readTree } from '../../../runtime/git/read-tree.js';
import { readDirectory } from '../../../runtime/git/working-tree.js';
import { attack, everythingIn, type Files, TIGHT } from './attack.js';

// A file planted outside the commit may be in nothing that leaves the compiler, whatever the commit says about it.

const SECRET = 'planted-7c1f0a';
let [folder, outside, repo] = ['', '', ''];
const git = (args: readonly string[], input?: string | Buffer): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: repo,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  }).trim();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hera-attack-'));
  outside = join(folder, 'outside');
  repo = join(folder, 'repo');
  mkdirSync(outside);
  mkdirSync(repo);
  for (const name of ['secret.ts', 'secret.json', 'secret.sh', 'secret.yaml', 'index.js', 'tsconfig.json'])
    writeFileSync(
      join(outside, name),
      name.endsWith('json') ? `{"secret":"${SECRET}"}` : `export const secret = '${SECRET}'; // ${SECRET}\n`,
    );
  git(['init', '-q', '-b', 'main']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = (head: string, run = `shell('true')`) =>
  `${head}\nimport { defineJob, shell } from 'hera';\nexport default defineJob({ title: String((globalThis as any).found ?? ''), run: ${run} } as never);\n`;

/** Every way to name a file of the server that an author has; `@` is the folder outside. */
const WAYS: Readonly<Record<string, Files>> = {
  'an import by its absolute path': { 'x.ts': job(`import { secret } from '@/secret.ts'; const f = secret;`) },
  'an import that climbs': {
    'x.ts': job(`import { secret } from '../../../../../../../../../..@/secret.ts'; const f = secret;`),
  },
  'an import of JSON': { 'x.ts': job(`import s from '@/secret.json'; const f = s.secret;`) },
  'an import of a text': { 'x.ts': job(`import s from '@/secret.sh'; const f = s;`) },
  'an import by URL': { 'x.ts': job(`import { secret } from 'file://@/secret.ts'; const f = secret;`) },
  'a dynamic import': { 'x.ts': job(`const f = import('@/secret.ts');`) },
  'an export of everything': {
    '_h.ts': `export * from '@/secret.ts';\n`,
    'x.ts': job(`import * as h from './_h.js'; const f = (h as any).secret;`),
  },
  'a vendored package that begins outside': {
    'vendor/node_modules/p/package.json': `{"main":"@/index.js","exports":{".":"../../../../../..@/index.js"}}`,
    'x.ts': job(`import { secret } from 'p'; const f = secret;`),
  },
  'a vendored package that imports outside': {
    'vendor/node_modules/p/index.js': `module.exports = require('@/index.js');`,
    'x.ts': job(`import p from 'p'; const f = p;`),
  },
  'a script file by its absolute path': { 'x.ts': job('', `shell({ file: '@/secret.sh' })`) },
  'a script file that climbs': { 'x.yaml': 'run: { shell: { file: "../../../../../../..@/secret.sh" } }\n' },
  'a file to lay beside': {
    'x.yaml': 'run: { shell: { script: "true", files: ["@/secret.sh", "../@/secret.sh"] } }\n',
  },
  'a called file': { 'x.yaml': 'run: { shell: "./../../../../..@/secret.sh; .//@/secret.sh" }\n' },
  'a source map comment': { 'x.ts': `${job('')}//# sourceMappingURL=@/secret.json\nthrow new Error('x');\n` },
  'a source map by URL': { 'x.ts': `throw new Error('x');\n//# sourceMappingURL=file://@/secret.json\n` },
  'a pragma of JSX': {
    'x.ts': `/** @jsx secret */\n/** @jsxImportSource @ */\n/* @jsxRuntime automatic */\n${job('')}`,
  },
  'a reference of TypeScript': {
    'x.ts': `/// <reference path="@/secret.ts" />\n/// <amd-module name="@" />\n${job('')}`,
  },
  'a tsconfig that extends and maps paths': {
    'tsconfig.json': `{"extends":"@/tsconfig.json","compilerOptions":{"baseUrl":"@","paths":{"s":["@/secret.ts"]}}}`,
    'x.ts': job(`import { secret } from 's'; const f = secret;`),
  },
  'a stack that names it': { 'x.ts': `const e = new Error('x'); e.stack = 'at f (@/secret.ts:1:1)'; throw e;` },
};
const aimed = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      (text as string).replaceAll('@/', `${outside}/`).replaceAll('..@', `..${outside}`),
    ]),
  );

describe('a file outside the commit is in nothing that leaves the compiler', () => {
  test.each(Object.entries(WAYS))('not through %s', async (_, files) => {
    const { compiled } = await attack(aimed(files));
    expect(everythingIn(compiled)).not.toContain(SECRET);
  });

  test('the same words in the commit are found, so that looking for them proves something', async () => {
    const { compiled } = await attack({ 'x.yaml': 'run: { shell: { file: secret.sh } }\n', 'secret.sh': SECRET });
    expect(everythingIn(compiled)).toContain(SECRET);
  });
});

describe('a commit that git would not make', () => {
  const blob = (text: string | Buffer): string =>
    git(['hash-object', '-w', '--stdin'], typeof text === 'string' ? text : text);
  /** A tree by its raw entries, which no check of git has seen. */
  const rawTree = (entries: readonly (readonly [string, string, string])[]): string => {
    const bytes = Buffer.concat(
      entries.map(([mode, name, id]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])),
    );
    return git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], bytes);
  };
  const commit = (tree: string): string => git(['commit-tree', tree, '-m', 'x']);
  const project = ['100644', 'hera.project.yaml'] as const;

  test('links and submodules are not followed, on disk and in git, and each that may be missed is told', async () => {
    writeFileSync(join(repo, 'hera.project.yaml'), 'name: shop\nzone: UTC\n');
    symlinkSync(join(outside, 'secret.ts'), join(repo, 'link.ts'));
    symlinkSync(join(outside, 'secret.sh'), join(repo, 'link.sh'));
    symlinkSync(outside, join(repo, 'dir'));
    writeFileSync(join(repo, 'x.yaml'), 'run: { shell: { file: link.sh } }\n');
    git(['add', '-A']);
    git(['commit', '-q', '-m', 'links']);
    mkdirSync(join(repo, 'sub'));
    git(['update-index', '--add', '--cacheinfo', `160000,${git(['rev-parse', 'HEAD'])},sub`]);
    const made = git(['commit-tree', git(['write-tree']), '-m', 'sub']);
    for (const tree of [await readTree(repo, made), await readDirectory(repo)]) {
      expect([...tree.keys()].sort()).toEqual(['hera.project.yaml', 'x.yaml']);
      const { said, compiled } = await attack(Object.fromEntries(tree), { limits: TIGHT }, tree.links);
      expect(said).toEqual(['dir HERA0004', 'link.ts HERA0003', 'sub HERA0004', 'x.yaml HERA4002']);
      expect(everythingIn(compiled)).not.toContain(SECRET);
    }
  });

  test('what is missed because of a link is told once, with the remedy', async () => {
    const links = new Map<string, string | null>([
      ['dw/load.sh', '../lib/load.sh'],
      ['dw/_folder.yaml', '/etc/folder.yaml'],
      ['dw/gone.yaml', 'x.yaml'],
      ['lib/_h.ts', '/etc/h.ts'],
      ['shared', 'lib'],
      ['README.md', 'docs/README.md'],
      ['_notes', '/notes'],
      ['old', '/old'],
    ]);
    const { said, compiled } = await attack(
      {
        'hera.project.yaml': 'name: shop\nzone: UTC\nignore: [old]\n',
        'lib/load.sh': 'true\n',
        'a.yaml': 'needs: [dw/gone, shared/x]\nrun: { shell: { file: ./dw/load.sh } }\n',
        'b.yaml': 'run: { shell: { file: ./shared/load.sh } }\n',
        'dw/c.yaml': 'run: { shell: "./load.sh ${x}" }\n',
        'd.ts': `import { x } from './lib/_h.js';\n${job('', 'shell(x)')}`,
      },
      { limits: TIGHT },
      links,
    );
    expect(said).toEqual([
      'a.yaml HERA4002',
      'b.yaml HERA4002',
      'd.ts HERA5002',
      'dw/_folder.yaml HERA0003',
      'dw/c.yaml HERA4002',
      'dw/gone.yaml HERA0003',
      'shared HERA0004',
    ]);
    const help = (file: string) => compiled.diagnostics.find((one) => one.file === file)!.help;
    expect(help('a.yaml')).toBe('write `/lib/load.sh`, where it leads, or put the file itself there');
    expect(help('b.yaml')).toBe('write `/lib/load.sh`, where it leads, or put the file itself there');
  });

  test.each(['.git', '.GIT', '..', '.'])('a tree with an entry named `%s` is refused', async (name) => {
    const inner = rawTree([['100644', 'config', blob('x')]]);
    const made = commit(
      rawTree([
        ['40000', name, inner],
        [...project, blob('name: shop\nzone: UTC\n')],
      ]),
    );
    await expect(readTree(repo, made)).rejects.toThrow(/no path of a repository/);
  });

  test('a mode that git does not know is read as the kind of file it says, or not at all', async () => {
    const made = commit(
      rawTree([
        ['100600', 'a.sh', blob('x')],
        ['100664', 'b.sh', blob('y')],
        ['104755', 'c.sh', blob('z')],
      ]),
    );
    const tree = await readTree(repo, made).catch(() => new Map<string, Uint8Array>());
    for (const text of tree.values()) expect(Buffer.from(text).toString()).toMatch(/^[xyz]$/);
  });

  test('a path of four thousand bytes is refused, one of nearly so many is not', async () => {
    const nested = (depth: number): string => {
      let id = rawTree([['100644', 'f.sh', blob('x')]]);
      for (let i = 0; i < depth; i++) id = rawTree([['40000', 'd'.repeat(99), id]]);
      return commit(id);
    };
    await expect(readTree(repo, nested(41))).rejects.toThrow(/has a path of 4104 bytes/);
    expect((await readTree(repo, nested(39))).size).toBe(1);
  });

  test('a file of 100 MB is refused by its size, before it is read', async () => {
    const big = blob(Buffer.alloc(100 * 2 ** 20));
    const made = commit(
      rawTree([
        ['100644', 'a.yaml', blob('needs: [b, x]\nrun: { shell: { file: big.bin } }\n')],
        ['100644', 'b.yaml', big],
        ['100644', 'big.bin', big],
        ['100644', 'hera.project.yaml', blob('name: shop\nzone: UTC\nignore: [big.bin]\n')],
      ]),
    );
    const { diagnostics } = await compile(await readTree(repo, made));
    const said = diagnostics.map(({ code, message }) => `${code} ${message.split(',')[0]}`).sort();
    expect(said).toEqual([
      'HERA0005 `b.yaml` has 104857600 bytes',
      'HERA0005 `big.bin` has 104857600 bytes',
      expect.stringMatching(/^HERA2003 .*x/),
    ]);
  });
});
