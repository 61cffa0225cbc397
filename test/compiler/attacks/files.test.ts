import { describe, expect, test } from 'vitest';
import { compile, type Tree } from '../../../compiler/index.js';

// What fuzzing and a hostile reader found: each of these once threw, hung, or ended the process that compiled it.

const RUN = 'schedule: "30 2 * * *"\nrun: { shell: "true" }\n';
const JOB = `import { defineJob, shell } from 'hera';\nexport default defineJob({ title: String(found), schedule: '0 1 * * *', run: shell('true') });\n`;

const compileFiles = (files: Readonly<Record<string, string>>) => {
  const all = { 'hera.project.yaml': 'name: shop\nzone: UTC\n', ...files };
  const tree: Tree = new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  return compile(tree);
};
const codesOf = async (files: Readonly<Record<string, string>>) =>
  (await compileFiles(files)).diagnostics.map(({ file, code }) => `${file} ${code}`);

describe('YAML that its parser does not survive or understands otherwise', () => {
  test.each([
    ['a merge of a number', `<<: 5\n${RUN}`],
    ['an alias of nothing', `title: *nope\n${RUN}`],
    ['twenty thousand open lists', `title: ${'['.repeat(20_000)}`],
    ['twenty thousand lists on one line', '- '.repeat(20_000)],
    ['YAML 1.1, in which yes is true', `%YAML 1.1\n---\nenabled: yes\n${RUN}`],
    ['two documents', `${RUN}---\n${RUN}`],
  ])('%s is a diagnostic, and the file beside it has its own', async (_, text) => {
    expect(await codesOf({ 'a.yaml': text, 'b.yaml': `bad: 1\n${RUN}` })).toEqual([
      'a.yaml HERA1009',
      'b.yaml HERA1001',
    ]);
  });

  test('thousands of mistakes in one file are placed in a moment', async () => {
    const { diagnostics } = await compileFiles({ 'a.yaml': `needs: [${'x, '.repeat(3_000)}]\n${RUN}` });
    expect(diagnostics).toHaveLength(3_000);
  }, 20_000);
});

describe('TypeScript that forges what the sandbox answers', () => {
  test.each([
    ['a refusal of its own', `throw { refused: { path: [], problem: { toString: 1 } } };`, 'HERA5003'],
    ['a stack through a script', `const e = new Error('x'); e.stack = 'at f (load.sh:1:1)'; throw e;`, 'HERA5003'],
    [
      'names of modules that JSON cannot read',
      `const found = 'require("\\\\q")'; (globalThis as any).x();`,
      'HERA5003',
    ],
    ['a nest that ends the translator', `export default ${'['.repeat(20_000)}`, 'HERA5001'],
  ])('%s is a diagnostic', async (_, text, code) => {
    expect(await codesOf({ 'a.ts': text, 'load.sh': 'a b c (' })).toEqual([`a.ts ${code}`]);
  });

  test('a message is cut, and moves no cursor and breaks no line', async () => {
    const { diagnostics } = await compileFiles({
      'a.ts': `throw new Error('\\x1b[2J\\nerror: forged' + 'x'.repeat(1e7));`,
    });
    expect(diagnostics[0]?.message).toContain('\\u001b[2J error: forged');
    expect(diagnostics[0]?.message.length).toBeLessThan(1_200);
  });

  test('what a file leaves in the heap fails no other', async () => {
    const keep = `const all: any[] = new Array(3.5e6).fill(1); all.push(all); Promise.resolve().then(() => all.length);\n`;
    const { manifest } = await compileFiles({
      'a.ts': `${keep}const found = 1;\n${JOB}`,
      'b.ts': `const found = new Array(3.5e6).fill(2).length;\n${JOB}`,
    });
    expect(manifest?.jobs.map(({ title }) => title)).toEqual(['1', '3500000']);
  });
});

describe('imports', () => {
  test('a JSON file gives its value, a member called __proto__ too', async () => {
    const { manifest } = await compileFiles({
      'a.ts': `import x from './x.json';\nconst found = Object.keys(x).join();\n${JOB}`,
      'x.json': '{"__proto__": {"b": 1}, "a": 1}',
    });
    expect(manifest?.jobs[0]?.title).toBe('__proto__,a');
  });

  test.each(['./joined.js', './joined.yaml', './joined'])('a YAML job is imported as %s', async (written) => {
    const { manifest, diagnostics } = await compileFiles({
      'a.ts': `import joined from '${written}';\nimport { defineJob, shell } from 'hera';\nexport default defineJob({ needs: [joined], run: shell('true') });\n`,
      'joined.yaml': RUN,
    });
    expect(diagnostics).toEqual([]);
    expect(manifest?.jobs[0]?.needs).toMatchObject([{ job: 'joined' }]);
  });

  test('a file that is not there says how a job is named', async () => {
    const { diagnostics } = await compileFiles({ 'a.ts': `import x from './nope.js';\nconst found = x;\n${JOB}` });
    expect(diagnostics).toMatchObject([{ code: 'HERA5002', help: expect.stringContaining('`./load`'), endColumn: 26 }]);
  });
});
