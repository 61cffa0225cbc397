// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Preview } from '../../compiler/index.js';
import { writeFiles } from '../support/files.js';
import { type Cli, openCli } from './hera.js';

// `hera render`: the script as it would run, from the files alone.

const FILES = {
  'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\nvars: { table: dw.orders, db.password: hunter2 }\n',
  'dw/load.sh': 'load ${table} --day ${bizdate} --run ${run.id} ${HOME} ${db.password}\n',
  'dw/load.yaml':
    'alias: 42\nschedule: ["30 2 * * *", "30 14 * * *"]\nbatch: { unit: day, offset: -1 }\nrun: { shell: { file: ./load.sh, args: ["${zdt.today}"], env: { DAY: "${date:MM-dd}" } } }\n',
  'old/sum.yaml':
    'templates: hera\nschedule: "5 2 * * *"\nvars: { d: "${zdt.addDay(-1).format(\'yyyyMMdd\')}" }\nrun: { shell: "sum ${d} ${bizdate} ${zdt.format(\\"M\\").substring(0,1)}" }\n',
};

let cli: Cli;
let project = '';
beforeAll(() => {
  cli = openCli();
  project = join(cli.home, 'shop');
  writeFiles(project, FILES);
});
afterAll(() => cli.close());

test('the script comes as it would run, and what else to know is said beside it', async () => {
  const answer = await cli.run(['render', project, '42', '--period', '2026-11-23T02:30']);
  expect([answer.code, answer.stdout]).toEqual([0, 'load dw.orders --day 20261122 --run ${run.id} ${HOME} ******\n']);
  expect(answer.stderr).toContain('environment: DAY=11-23\n');
  expect(answer.stderr).toContain('environment: HERA_BATCH=2026-11-22\n');
  expect(answer.stderr).toContain('known when it runs: run.id\nleft for the shell: HOME\nmasked: db.password\n');
  expect(answer.stderr).toMatch(/of the real time: argument 1, "\d{4}-\d\d-\d\d"\n$/);
  expect(answer.stderr + answer.stdout).not.toContain('hunter2');
});

test('a fragment is rendered in the dialect of its job, and JSON says it all', async () => {
  const args = ['render', 'old/sum', '--period', '2026-11-23', '--fragment', '${d} ${zdt.today} ${bizdate}', '--json'];
  const { code, json } = await cli.run(args, { cwd: project });
  const preview = json<Preview>();
  expect(code).toBe(0);
  expect(preview).toMatchObject({
    ...{ job: 'old/sum', period: '2026-11-22T18:05:00Z', zone: 'Asia/Shanghai', templates: 'hera' },
    ...{ batch: '202611230205', later: [], left: ['bizdate'], faults: [] },
    realTime: [{ in: 'script', offset: 9, length: 10 }],
  });
  expect(preview.script).toMatch(/^20261122 \d{4}-\d\d-\d\d \$\{bizdate\}$/);
});

test('a period that is not one, a job that is none and text that cannot be rendered are said with the way out', async () => {
  const several = await cli.run(['render', 'dw/load', '--period', '2026-11-23'], { cwd: project });
  expect([several.code, several.stderr]).toEqual([
    2,
    expect.stringContaining('name one: 2026-11-23T02:30:00+08:00, 2026-11-23T14:30:00+08:00'),
  ]);
  const none = await cli.run(['render', 'dw/laod', '--period', '2026-11-23'], { cwd: project });
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('did you mean dw/load?')]);
  const args = ['render', 'old/sum', '--period', '2026-11-23', '--fragment', 'a ${zdt.format("M").substring(3)} b'];
  const broken = await cli.run(args, { cwd: project });
  expect([broken.code, broken.stdout]).toEqual([1, 'a ${zdt.format("M").substring(3)} b']);
  expect(broken.stderr).toContain('cannot be rendered: `${zdt.format("M").substring(3)}`');
});
