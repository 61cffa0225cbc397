import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Compiled, Compiler, compile, type Tree } from '../../compiler/index.js';
import { canonicalJson } from '../../compiler/manifest/canonical.js';
import { LIMITS } from '../../compiler/source/sandbox.js';

// A compiler that has seen other commits answers as one that has seen none: whatever was edited, added, removed or renamed in between.

type Files = Readonly<Record<string, string>>;
const treeOf = (files: Files): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));

const answerOf = ({ manifest, blobs, diagnostics }: Compiled) => ({
  manifest: manifest && canonicalJson(manifest),
  blobs: [...blobs].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString()]).sort(),
  diagnostics,
});

/** What may stand at each path, good and bad; null: nothing. Each is small, so that any two of them meet in a few steps. */
const CHOICES: Readonly<Record<string, readonly (string | null)[]>> = {
  'hera.project.yaml': [
    'name: shop\nzone: UTC\n',
    'name: shop\nzone: Asia/Shanghai\nvars: { a: "1" }\nlocale: zh\n',
    'name: store\nzone: UTC\nmachineGroups: [default, big]\ndefaults: { timeout: 1h, zone: Europe/Berlin }\n',
    'name: shop\nzone: UTC\nignore: ["dw/b*"]\n',
    'name: 7\n',
    null,
  ],
  'hera.project.ts': [
    null,
    null,
    null,
    `import { defineProject } from 'hera';\nexport default defineProject({ name: 'shop', zone: 'UTC' });\n`,
  ],
  'dw/_folder.yaml': [
    'owner: a\n',
    'owner: b\nvars: { a: "${b}", b: two }\nmachineGroup: big\n',
    'ownr: a\n',
    'enabled: false\n',
    null,
  ],
  'dw/_folder.ts': [
    null,
    null,
    `import { defineFolder } from 'hera';\nimport { title } from '../_help.js';\nexport default defineFolder({ owner: title });\n`,
  ],
  '_help.ts': [
    `export const title = 'one';\n`,
    `export const title = 'two';\n`,
    `import { deep } from './_deep.js';\nexport const title = deep;\n`,
    `export const title = ;\n`,
    `throw new Error('not today');\n`,
    null,
  ],
  '_deep.ts': [`export const deep = 'deep';\n`, `export const deep = 'deeper';\n`, null],
  '_help/index.ts': [null, `export const title = 'of a folder';\n`],
  'dw/a.ts': [
    `import { daily, defineJob, shell } from 'hera';\nimport { title } from '../_help.js';\nexport default defineJob({ title, schedule: daily('02:30'), run: shell({ file: './load.sh' }) });\n`,
    `import { defineJob, shell } from 'hera';\nimport b from './b.js';\nexport default defineJob({ needs: [b], run: shell('./load.sh') });\n`,
    `import { defineJobs, shell } from 'hera';\nimport { title } from '../_help.js';\nexport default defineJobs({ x: { title, run: shell('true') }, y: { needs: ['./a/x'], run: shell('true') } });\n`,
    `for (;;);\n`,
    `export default 5;\n`,
    null,
  ],
  'dw/b.ts': [
    null,
    `import { defineJob, shell } from 'hera';\nexport default defineJob({ schedule: '0 3 * * *', run: shell({ script: 'echo \${a} \${b} \${c}' }) });\n`,
  ],
  'dw/b.yaml': [
    'schedule: "0 * * * *"\nrun: { shell: "echo ${a}" }\n',
    'schedule: "0 * * * *"\nstart: 2026-01-01\nrun: { python: { file: load.py, files: [data.csv] } }\n',
    'needs: [./a]\nrun: { shell: { file: load.sh } }\n',
    'needs: [./a, ./nope]\nbase: ./a\nrun: { shell: x }\n',
    'needs: ["./a',
    null,
  ],
  'dw/c.yaml': [
    'needs: [./b, { self: previous }]\nrun: { shell: "./load.sh ${bizdate}" }\nalias: 4\n',
    'needs: [dw/b, ods/d]\nrun: { shell: true }\nformerly: [dw/b]\n',
    'schedule: "0 0 2 ? * MON"\nalias: 4\nrun: { shell: "echo ${d}" }\n',
    null,
  ],
  'ods/d.yaml': [
    'schedule: "0 2 * * *"\nalias: 4\nrun: { shell: x }\nenv: { X: "${a}" }\n',
    'needs: [dw/c]\nrun: { shell: x }\n',
    'enabled: false\nschedule: "0 2 * * *"\nrun: { shell: x }\n',
    null,
  ],
  'ods/D.yaml': [null, null, 'run: { shell: x }\n'],
  'dw/load.sh': ['echo one\n', 'echo ${a} ${nope}\n', null],
  'dw/load.py': ['print(1)\n', null],
  'dw/data.csv': ['1\n', '2\n', null],
  'calendars/cn.yaml': [null, 'holidays: [2026-01-01]\n', 'holiday: 1\n'],
};

const fileOf = (path: string) => fc.constantFrom(...CHOICES[path]!).map((text) => [path, text] as const);
const start = fc.tuple(...Object.keys(CHOICES).map(fileOf));
/** One edit, or a few at once as in a commit. */
const step = fc.array(
  fc.constantFrom(...Object.keys(CHOICES)).chain((path) => fileOf(path)),
  { minLength: 1, maxLength: 4 },
);

const apply = (files: Files, edits: readonly (readonly [string, string | null])[]): Files => {
  const next = { ...files };
  for (const [path, text] of edits) {
    if (text === null) delete next[path];
    else next[path] = text;
  }
  return next;
};

const limits = { ...LIMITS, fileMs: 100 };

describe('a compiler that keeps what it has read', () => {
  test('answers the same bytes and diagnostics as a new one, after any edits', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(start, fc.array(step, { minLength: 1, maxLength: 5 }), async (first, steps) => {
        const compiler = new Compiler({ limits });
        let files = apply({}, first);
        await compiler.compile(treeOf(files));
        for (const edits of steps) {
          files = apply(files, edits);
          const [warm, cold] = [await compiler.compile(treeOf(files)), await compile(treeOf(files), { limits })];
          expect(answerOf(warm)).toEqual(answerOf(cold));
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 12) },
    );
  });

  test('looks again at every job that an edit elsewhere concerns', async () => {
    const NAMES = ['a', 'b', 'c/d', 'c/e', 'c/f'];
    const often = <T>(plain: readonly T[], rest: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...plain) }, { weight: 1, arbitrary: rest });
    const when = often(
      ['schedule: "0 2 * * *"\n', 'schedule: "0 2 * * *"\nzone: Asia/Shanghai\n'],
      fc.constantFrom(
        ...['', 'schedule: "0 * * * *"\n', 'schedule: "*/5 * * * * *"\n'],
        'schedule: { cron: "0 2 * * *", on: cn, otherwise: skip }\n',
      ),
    );
    const needs = often(
      ['', '', 'needs: [a]\n', 'needs: [a, { self: previous }]\n'],
      fc
        .subarray([...NAMES, './d', '{ self: previous }', 'c'])
        .map((all) => (all.length > 0 ? `needs: [${all.join(', ')}]\n` : '')),
    );
    const also = often(
      ['', '', '', 'timeout: 2h\n'],
      fc.constantFrom(
        ...['enabled: false\n', 'alias: 4\n', 'formerly: [a]\n', 'pools: { p: 2 }\n', 'machineGroup: big\n'],
        ...['params: { x: { required: true } }\n', 'vars: { x: "1" }\n', 'ownr: x\n', 'regions: [eu]\n', 'base: ./d\n'],
      ),
    );
    const job = fc
      .tuple(when, needs, also, fc.constantFrom('run: { shell: x }\n', 'run: { shell: "echo ${x}" }\n'))
      .map((parts) => parts.join(''));
    const choices: Readonly<Record<string, fc.Arbitrary<string | null>>> = {
      ...Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, fc.option(job, { freq: 60 })])),
      'hera.project.yaml': fc.constantFrom(
        ...[
          '',
          '',
          'machineGroups: [default, big]\n',
          'pools: { p: { slots: 1 } }\n',
          'regions: [eu]\n',
          'vars: { x: "2" }\n',
        ].map((more) => `name: shop\nzone: UTC\n${more}`),
      ),
      'c/_folder.yaml': fc.constantFrom(
        null,
        null,
        null,
        null,
        'enabled: false\n',
        'machineGroup: huge\n',
        'zone: Europe/Berlin\n',
        'pools: { p: 1 }\n',
      ),
      'calendars/cn.yaml': fc.constantFrom(null, 'holidays: [2026-01-01]\n'),
    };
    const put = (path: string) => choices[path]!.map((text) => [path, text] as const);
    const edit = fc.array(fc.constantFrom(...Object.keys(choices)).chain(put), { minLength: 1, maxLength: 2 });
    let [plain, broken] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(...Object.keys(choices).map(put)),
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        async (first, edits) => {
          const compiler = new Compiler();
          let files = apply({}, first);
          await compiler.compile(treeOf(files));
          for (const one of edits) {
            files = apply(files, one);
            const [warm, cold] = [await compiler.compile(treeOf(files)), await compile(treeOf(files))];
            expect(answerOf(warm)).toEqual(answerOf(cold));
            if (warm.manifest) plain++;
            else broken++;
          }
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 30) },
    );
    expect(Math.min(plain, broken)).toBeGreaterThan(0);
  });

  const DAILY = 'schedule: "0 2 * * *"\n';
  const RUN = 'run: { shell: x }\n';
  const A = `${DAILY}${RUN}`;
  test.each<[string, string, Files, Files]>([
    ['its upstream is closed', `${A}needs: [a]\n`, { 'a.yaml': A }, { 'a.yaml': `${A}enabled: false\n` }],
    ['its upstream is gone', `${A}needs: [a]\n`, { 'a.yaml': A }, { 'a.yaml': '' }],
    [
      'its upstream fires more often',
      `${A}needs: [a]\n`,
      { 'a.yaml': A },
      { 'a.yaml': `schedule: "0 * * * *"\n${RUN}` },
    ],
    ['its upstream fires no more', `${A}needs: [a]\n`, { 'a.yaml': A }, { 'a.yaml': RUN }],
    [
      'its base is one of seconds',
      `needs: [a]\nparams: { x: { required: true } }\n${RUN}`,
      { 'a.yaml': RUN },
      { 'a.yaml': A },
    ],
    [
      'its upstream could not be read',
      `${A}needs: [a]\n`,
      { 'a.yaml': 'ownr: x\nneeds: [' },
      { 'a.yaml': `jobs: { x: { ${RUN.trim()} } }\n` },
    ],
    [
      'the folder of its upstream is closed',
      `${A}needs: [c/a]\n`,
      { 'c/a.yaml': A, 'c/_folder.yaml': 'owner: o\n' },
      { 'c/_folder.yaml': 'enabled: false\n' },
    ],
    [
      'its pool is gone',
      `${A}pools: { p: 1 }\n`,
      { 'hera.project.yaml': 'name: shop\nzone: UTC\npools: { p: { slots: 1 } }\n' },
      { 'hera.project.yaml': 'name: shop\nzone: UTC\n' },
    ],
    [
      'its workdays are gone',
      `schedule: { cron: "0 2 * * *", on: cn, otherwise: skip }\n${RUN}`,
      { 'calendars/cn.yaml': 'holidays: [2026-01-01]\n' },
      { 'calendars/cn.yaml': '' },
    ],
    ['another takes its alias', `${A}alias: 4\n`, { 'a.yaml': A }, { 'a.yaml': `${A}alias: 4\n` }],
    ['an upstream awaits it', `${A}needs: [a]\n`, { 'a.yaml': A }, { 'a.yaml': `${A}needs: [b]\n` }],
  ])('a job that stays as it is, is judged anew when %s', async (_, b, before, after) => {
    const compiler = new Compiler();
    const ask = async (files: Files) => {
      const all = Object.entries({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'b.yaml': b, ...files });
      const tree = treeOf(Object.fromEntries(all.filter(([, text]) => text !== '')));
      const warm = await compiler.compile(tree);
      expect(answerOf(warm)).toEqual(answerOf(await compile(tree)));
      return warm.diagnostics;
    };
    const said = await ask(before);
    expect(await ask({ ...before, ...after })).not.toEqual(said);
    expect(await ask(before)).toEqual(said);
  });

  test('edits of everything that one file can be made from are seen', async () => {
    const compiler = new Compiler({ limits });
    let files = apply(
      {},
      Object.entries(CHOICES).map(([path, [text]]) => [path, text ?? null]),
    );
    for (const [path, choices] of Object.entries(CHOICES))
      for (const text of choices) {
        files = apply(files, [[path, text]]);
        const warm = await compiler.compile(treeOf(files));
        expect(answerOf(warm), path).toEqual(answerOf(await compile(treeOf(files), { limits })));
        files = apply(files, [[path, choices[0]!]]);
      }
  });

  test('evaluates nothing anew that did not change, and everything that imports what did', async () => {
    const job = (helper: string) =>
      `import { defineJob, shell } from 'hera';\nimport { title } from './${helper}.js';\nexport default defineJob({ title, run: shell('true') });\n`;
    const files: Files = {
      'hera.project.yaml': 'name: shop\nzone: UTC\n',
      '_a.ts': `export const title = 'one';\n`,
      '_b.ts': `export const title = 'one';\n`,
      'a.ts': job('_a'),
      'b.ts': job('_b'),
    };
    const compiler = new Compiler();
    const before = (await compiler.compile(treeOf(files))).manifest!.jobs;
    const after = (await compiler.compile(treeOf({ ...files, '_a.ts': `export const title = 'two';\n` }))).manifest!
      .jobs;
    expect(after.map(({ title }) => title)).toEqual(['two', 'one']);
    // The same object, not an equal one: it was not made again.
    expect(after[1]).toBe(before[1]);
    expect(after[0]).not.toBe(before[0]);
  });

  test('a base that changes hands is seen, although the timetable stays the same', async () => {
    const daily = (hour: number) => `schedule: "0 ${hour} * * *"\nrun: { shell: x }\n`;
    const files: Files = {
      'hera.project.yaml': 'name: shop\nzone: UTC\n',
      'a.yaml': daily(2),
      'b.yaml': daily(2),
      'c.yaml': 'needs: [./a, ./b]\nrun: { shell: x }\n',
    };
    const compiler = new Compiler();
    const baseOf = async (now: Files) => (await compiler.compile(treeOf(now))).manifest?.jobs[2]?.base;
    expect([await baseOf(files), await baseOf({ ...files, 'a.yaml': daily(1) })]).toEqual(['a', 'b']);
  });

  test('the same commit asked again, as apply asks after plan, is answered without looking at a job', async () => {
    const good: Files = { 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.yaml': 'run: { shell: x }\n' };
    const compiler = new Compiler();
    const ask = (files: Files) => compiler.compile(treeOf(files));
    const first = await ask(good);
    expect(await ask(good)).toBe(first);
    // What a busy machine may be to blame for is looked at again, and so is everything once a file is another or gone.
    const broken = await ask({ ...good, 'b.yaml': 'bad: 1\n' });
    expect(await ask({ ...good, 'b.yaml': 'bad: 1\n' })).not.toBe(broken);
    expect((await ask({ ...good, 'b.txt': 'bad: 1\n' })).manifest).toEqual(first.manifest);
    const linked = await compiler.compile(Object.assign(treeOf(good), { links: new Map([['c.yaml', 'a.yaml']]) }));
    expect(linked.diagnostics).not.toEqual(first.diagnostics);
    const moved = await ask({ ...good, 'a.yaml': 'run: { shell: y }\n' });
    expect(moved.manifest!.jobs[0]!.run).not.toEqual(first.manifest!.jobs[0]!.run);
  });

  test('two askers at once are answered one after the other', async () => {
    const compiler = new Compiler();
    const of = (name: string): Files => ({
      'hera.project.yaml': `name: ${name}\nzone: UTC\n`,
      'a.yaml': 'run: { shell: x }\n',
    });
    const both = await Promise.all([compiler.compile(treeOf(of('one'))), compiler.compile(treeOf(of('two')))]);
    expect(both.map(({ manifest }) => manifest?.project.name)).toEqual(['one', 'two']);
  });
});
