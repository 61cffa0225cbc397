import { describe, expect, test } from 'vitest';
import { compile, type Tree } from '../../compiler/index.js';

// What carries a job through time: former names and aliases; and what a closed job means for those who need it.

const RUN = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';

async function said(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const all = { 'hera.project.yaml': 'name: shop\nzone: UTC\n', ...files };
  const tree: Tree = new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const { diagnostics } = await compile(tree);
  return diagnostics.map(({ code, file, line, message }) => `${code} ${file}:${line} ${message}`);
}

const was = (...names: readonly string[]): string => `formerly: [${names.join(', ')}]\n${RUN}`;

describe('a former name', () => {
  test.each([
    ['a rename', { 'b.yaml': was('a') }],
    ['a swap', { 'a.yaml': was('b'), 'b.yaml': was('a') }],
    ['a chain whose first path is free', { 'b.yaml': was('a'), 'c.yaml': was('b') }],
    ['a ring of three', { 'a.yaml': was('c'), 'b.yaml': was('a'), 'c.yaml': was('b') }],
    ['a freed path taken by a job that was renamed into it', { 'a.yaml': was('x'), 'b.yaml': was('a') }],
    ['several renames one after the other', { 'c.yaml': was('a', 'b') }],
    ['a rename into a file of several jobs', { 'all.yaml': `jobs: { a: { run: { shell: x }, formerly: [a] } }\n` }],
  ])('is right in %s', async (_, files) => {
    expect(await said(files as Record<string, string>)).toEqual([]);
  });

  test.each([
    [{ 'a.yaml': RUN, 'b.yaml': was('a') }, ['HERA2009 b.yaml:1 `b` was formerly `a`, which is a job of its own']],
    [{ 'a.yaml': was('a') }, ['HERA2009 a.yaml:1 `a` was formerly itself']],
    [{ 'b.yaml': was('a', 'a') }, ['HERA2009 b.yaml:1 `b` names `a` twice']],
    [{ 'b.yaml': was('a'), 'c.yaml': was('a') }, ['HERA2009 c.yaml:1 `c` and `b` were both formerly `a`']],
    // The last of a chain that is not renamed itself keeps its number, so nobody else can have it.
    [
      { 'a.yaml': RUN, 'b.yaml': was('a'), 'c.yaml': was('b') },
      ['HERA2009 b.yaml:1 `b` was formerly `a`, which is a job of its own'],
    ],
    [
      { 'b.yaml': was('./a') },
      ['HERA1002 b.yaml:1 `formerly[0]` must be the id of a job, its path from the root, not `./a`'],
    ],
  ])('is refused: %o', async (files, expected) => {
    expect(await said(files as Record<string, string>)).toEqual(expected);
  });
});

test('an alias is a number that one job has', async () => {
  expect(await said({ 'a.yaml': `alias: 7\n${RUN}`, 'b.yaml': `alias: 8\n${RUN}` })).toEqual([]);
  expect(await said({ 'a.yaml': `alias: 7\n${RUN}`, 'b.yaml': `alias: 7\n${RUN}` })).toEqual([
    'HERA2008 b.yaml:1 `b` and `a` have the same alias 7',
  ]);
  expect(await said({ 'a.yaml': `alias: 0\n${RUN}` })).toEqual([
    'HERA1002 a.yaml:1 `alias` must be a whole number from 1, not `0`',
  ]);
});

test('a closed job may not be needed by an open one, wherever it was closed; closed ones may need each other', async () => {
  const up = { 'dw/up.yaml': RUN };
  const down = { 'down.yaml': `needs: [dw/up]\n${RUN}` };
  const closed = 'enabled: false\n';
  const message = 'HERA2005 down.yaml:1 `down` needs `dw/up`, which is closed';
  expect(await said({ 'dw/up.yaml': `${closed}${RUN}`, ...down })).toEqual([message]);
  expect(await said({ ...up, 'dw/_folder.yaml': closed, ...down })).toEqual([message]);
  expect(await said({ ...up, 'dw/_folder.yaml': closed, 'down.yaml': `${closed}${down['down.yaml']}` })).toEqual([]);
  expect(await said({ 'dw/up.yaml': `enabled: true\n${RUN}`, 'dw/_folder.yaml': closed, ...down })).toEqual([]);
});

describe('defineJobs and jobs:', () => {
  const several =
    'jobs: { x: { schedule: "0 0 * * *", run: { shell: x } }, y: { needs: [all/x], run: { shell: y } } }\n';
  test('give each job the path and its key as id; a reference is one of them', async () => {
    const other = `import { defineJob, ref, shell } from 'hera';\nimport all from './all.yaml';\nexport default defineJob({ needs: [ref(all as never, 'y')], run: shell('z') });\n`;
    expect(await said({ 'all.yaml': several, 'z.ts': other })).toEqual([]);
  });

  test('a need of the whole file, a key that cannot be an id, and a key that is also a file are told', async () => {
    expect(await said({ 'all.yaml': several, 'z.yaml': `needs: [all]\n${RUN}` })).toEqual([
      'HERA2003 z.yaml:1 `z` needs `all`, which is not a job',
    ]);
    expect(await said({ 'all.yaml': 'jobs: { "a b": { run: { shell: x } } }\n' })).toEqual([
      "HERA2001 all.yaml:1 `all/a b` cannot be a job's id",
    ]);
    expect(await said({ 'all.yaml': several, 'all/x.yaml': RUN })).toEqual([
      'HERA2002 all/x.yaml:1 `all/x` is defined twice',
    ]);
    expect(await said({ 'all.yaml': 'jobs: [1]\n' })).toEqual([
      'HERA1002 all.yaml:1 `jobs` must be a record of jobs by key, not a list',
    ]);
  });
});

describe('a need of no job', () => {
  test.each([
    ['its file', '../ods/load.yaml', 'did you mean `ods/load`?'],
    ['its name without the folder', 'load', 'did you mean `ods/load`?'],
    ['a job of its own file', 'one', 'did you mean `dw/all/one`?'],
    ['its own past', 'self', 'for its own previous period write `{ self: previous }`'],
  ])('%s leads to what is meant', async (_, need, help) => {
    const files = {
      'hera.project.yaml': 'name: shop\nzone: UTC\n',
      'ods/load.yaml': RUN,
      'lad.yaml': RUN,
      'dw/all.yaml': `jobs:\n  one: { schedule: "0 1 * * *", run: { shell: x } }\n  two: { needs: [${need}], run: { shell: x } }\n`,
    };
    const tree = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
    const { diagnostics } = await compile(tree);
    expect(diagnostics.map((one) => [one.code, one.help])).toEqual([['HERA2003', help]]);
  });
});

describe('a name that is no variable', () => {
  test.each([
    ['${tabel}', 'write `${table}`, or write `$${tabel}` if the shell is meant'],
    ['${bizdat}', 'write `${bizdate}`, or write `$${bizdat}` if the shell is meant'],
    ['${system.biz.date}', 'write `${bizdate}`, or write `$${system.biz.date}` if the shell is meant'],
    ['${JAVA_HOME}', 'define `JAVA_HOME` in `vars`, or write `$${JAVA_HOME}` if the shell is meant'],
  ])('%s leads to what is meant', async (written, help) => {
    const files = {
      'hera.project.yaml': 'name: shop\nzone: UTC\nvars: { table: orders }\n',
      'a.yaml': `run: { shell: 'echo ${written}' }\n`,
    };
    const tree = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
    const { diagnostics } = await compile(tree);
    expect(diagnostics.map((one) => [one.code, one.help])).toEqual([['HERA4007', help]]);
  });
});
