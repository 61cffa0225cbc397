import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlacedField } from '../../compiler/index.js';
import { writeFiles } from '../support/files.js';
import { type Cli, openCli } from './hera.js';

// `hera job X --resolved`: every field, its value, and the line that gave it.

const FILES = {
  'hera.project.yaml':
    'name: shop\nzone: UTC\nmachineGroups: [default, etl]\nvars: { a: project, b: project }\nenv: { TZ: UTC }\ndefaults:\n  retries: { times: 1, wait: 90s }\n  owner: data\n',
  'dw/_folder.ts': `import { defineFolder } from 'hera';\n\nexport default defineFolder({\n  owner: 'trade',\n  vars: { b: 'folder', c: 'folder' },\n});\n`,
  'dw/orders/_folder.yaml': 'machineGroup: etl\ntimeout: 2h\n',
  'dw/orders/load.yaml':
    'schedule:\n  - { cron: "30 2 * * *", zone: Asia/Shanghai }\nalias: 42\ntimeout: 90m\nparams:\n  d: { type: date, default: "2026-01-01" }\nrun:\n  shell:\n    script: "true"\n    vars: { c: run }\n',
  'dw/orders/report.ts': `import { defineJob, shell } from 'hera';\nimport load from './load.yaml';\n\nexport default defineJob({\n  formerly: ['dw/old'],\n  needs: [load],\n  env: { TZ: 'Asia/Tokyo' },\n  run: shell('true'),\n});\n`,
  'dw/several.yaml': 'jobs:\n  x:\n    owner: ann\n    run: { shell: "true" }\n',
};

let cli: Cli;
let project = '';
beforeAll(() => {
  cli = openCli();
  project = join(cli.home, 'shop');
  writeFiles(project, FILES);
});
afterAll(() => cli.close());

async function resolved(name: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const answer = await cli.run(['job', name, '--resolved', '--json'], { cwd: project });
  expect([answer.code, answer.stderr]).toEqual([0, '']);
  const { fields } = answer.json<{ fields: readonly PlacedField[] }>();
  return Object.fromEntries(
    fields.map(({ field, value, from, file, line }) => [
      field,
      [value, from, file === null ? null : `${file}:${line}`],
    ]),
  );
}

test('each value has the line that gave it: own, of the nearest folder, of the project, of the base, or none for a default', async () => {
  expect(await resolved('dw/orders/load')).toEqual({
    schedule: ['30 2 * * *', 'job', 'dw/orders/load.yaml:2'],
    alias: [42, 'job', 'dw/orders/load.yaml:3'],
    run: [{ shell: { script: '(inline)' } }, 'job', 'dw/orders/load.yaml:8'],
    params: [['d'], 'job', 'dw/orders/load.yaml:6'],
    enabled: [true, 'default', null],
    owner: ['trade', 'folder', 'dw/_folder.ts:4'],
    zone: ['Asia/Shanghai', 'job', 'dw/orders/load.yaml:2'],
    machineGroup: ['etl', 'folder', 'dw/orders/_folder.yaml:1'],
    retries: [{ times: 1, wait: '90s' }, 'project', 'hera.project.yaml:7'],
    timeout: ['90m', 'job', 'dw/orders/load.yaml:4'],
    grace: ['10s', 'default', null],
    overlap: ['wait', 'default', null],
    priority: ['normal', 'default', null],
    catchUp: [{ policy: 'all', within: '24h' }, 'default', null],
    lateAfter: ['5m', 'default', null],
    templates: ['native', 'default', null],
    'vars.a': ['project', 'project', 'hera.project.yaml:4'],
    'vars.b': ['folder', 'folder', 'dw/_folder.ts:5'],
    'vars.c': ['run', 'job', 'dw/orders/load.yaml:10'],
    'vars.d': ['2026-01-01', 'job', 'dw/orders/load.yaml:6'],
    'env.TZ': ['UTC', 'project', 'hera.project.yaml:5'],
  });
});

test('a job in TypeScript, found by a name it had before, takes its base’s zone', async () => {
  expect(await resolved('dw/old')).toMatchObject({
    needs: [['dw/orders/load'], 'job', 'dw/orders/report.ts:6'],
    base: ['dw/orders/load', 'default', null],
    zone: ['Asia/Shanghai', 'base', 'dw/orders/load.yaml:1'],
    timeout: ['2h', 'folder', 'dw/orders/_folder.yaml:2'],
    'env.TZ': ['Asia/Tokyo', 'job', 'dw/orders/report.ts:7'],
  });
  expect(await resolved('42')).toMatchObject({ alias: [42, 'job', 'dw/orders/load.yaml:3'] });
  expect(await resolved('dw/several/x')).toMatchObject({
    zone: ['UTC', 'project', 'hera.project.yaml:2'],
    owner: ['ann', 'job', 'dw/several.yaml:3'],
  });
});

test('for people it is a table; an unknown job is guessed, a directory without a project refused', async () => {
  const { stdout } = await cli.run(['job', 'dw/orders/load', '--resolved', 'shop']);
  expect(stdout).toMatch(/^timeout +90m +dw\/orders\/load\.yaml:4 \(own\)$/m);
  expect(stdout).toMatch(/^grace +10s +built-in default$/m);
  const unknown = await cli.run(['job', 'dw/orders/loud', '--resolved', 'shop']);
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('did you mean dw/orders/load?')]);
  const nowhere = await cli.run(['job', 'x', '--resolved', 'nowhere']);
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('nowhere is no Hera project')]);
});
