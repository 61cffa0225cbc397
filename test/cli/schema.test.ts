import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Cli, openCli } from './hera.js';

// What editors are given: schemas on standard output or in a folder, and what a new project has of them.

let cli: Cli;
beforeAll(() => {
  cli = openCli();
});
afterAll(() => cli.close());

test('schema prints one by name, or all, and guesses a misspelt name', async () => {
  const job = await cli.run(['schema', 'job']);
  expect(job.code).toBe(0);
  const validate = new Ajv({ strict: false }).compile(job.json());
  expect(validate({ run: { shell: 'true' }, schedule: '0 0 * * *' })).toBe(true);
  expect(validate({ run: { shell: 'true' }, shedule: '0 0 * * *' })).toBe(false);
  const all = await cli.run(['schema']);
  expect(Object.keys(all.json<object>())).toEqual(['job', 'folder', 'project', 'calendar']);
  const misspelt = await cli.run(['schema', 'projekt']);
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining('did you mean project?')]);
});

test('a new project leads editors to the schemas, and schema --output renews them', async () => {
  await cli.run(['init', 'shop', '--zone', 'Asia/Shanghai']);
  const project = join(cli.home, 'shop');
  const read = (path: string): string => readFileSync(join(project, path), 'utf8');
  const settings = JSON.parse(read('.vscode/settings.json')) as { 'yaml.schemas': Record<string, string[]> };
  const ajv = new Ajv({ strict: false });
  for (const path of ['hera.project.yaml', 'sales/_folder.yaml', 'sales/report.yaml', 'sales/by-hand.yaml']) {
    const [, named] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(path))!;
    const schema = join(path, '..', named!);
    expect(Object.keys(settings['yaml.schemas'])).toContain(`./${schema}`);
    expect(ajv.validate(JSON.parse(read(schema)) as object, parse(read(path))), `${path}: ${ajv.errorsText()}`).toBe(
      true,
    );
  }
  const before = read('.types/hera/job.schema.json');
  const renewed = await cli.run(['schema', '--output', '.types/hera', '--json'], { cwd: project });
  expect(renewed.json<{ files: string[] }>().files).toContain('job.schema.json');
  expect(read('.types/hera/job.schema.json')).toBe(before);
});
