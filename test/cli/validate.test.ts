import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codes } from '../../compiler/index.js';
import { type Cli, openCli } from './hera.js';

let cli: Cli;
beforeAll(() => {
  cli = openCli();
  mkdirSync(join(cli.home, 'repo/jobs'), { recursive: true });
  execFileSync('git', ['init', '--quiet'], { cwd: join(cli.home, 'repo') });
  writeFileSync(join(cli.home, 'repo/jobs/hera.project.yaml'), 'name: shop\nzone: UTC\n');
  writeFileSync(join(cli.home, 'repo/jobs/a.yaml'), 'needs: [b]\nrun: { shell: "true" }\n');
});
afterAll(() => cli.close());

test('annotations name files from the root of the repository, wherever the command is started', async () => {
  for (const [cwd, dir] of [
    ['repo', 'jobs'],
    ['repo/jobs', '.'],
  ] as const) {
    const { code, stdout } = await cli.run(['validate', dir, '--format', 'github'], { cwd: join(cli.home, cwd) });
    expect([code, stdout.split(',')[0]]).toEqual([1, '::error file=jobs/a.yaml']);
  }
});

test('several formats at once: text and annotations on standard output, documents in their files, the page of the step', async () => {
  const summary = join(cli.home, 'summary.md');
  writeFileSync(summary, 'before\n');
  const formats = 'text,github,sarif=out/hera.sarif,junit=out/hera.xml';
  const { code, stdout, stderr } = await cli.run(['validate', 'repo/jobs', '--format', formats], {
    env: { GITHUB_STEP_SUMMARY: summary },
  });
  expect([code, stderr]).toEqual([1, 'sarif: out/hera.sarif\njunit: out/hera.xml\n']);
  expect(stdout).toMatch(
    /^::stop-commands::([0-9a-f]{64})\nerror\[HERA2003\][\s\S]+\n1 error\n::\1::\n::error file=jobs\/a\.yaml,/,
  );
  expect(JSON.parse(readFileSync(join(cli.home, 'out/hera.sarif'), 'utf8')).runs[0].results).toHaveLength(1);
  expect(readFileSync(join(cli.home, 'out/hera.xml'), 'utf8')).toMatch(/^<\?xml/);
  expect(readFileSync(summary, 'utf8')).toMatch(/^before\n### Hera: 1 error\n/);
});

test('what cannot be written is a usage error: an unknown format, two documents on one output, two answers to one question', async () => {
  for (const [args, said] of [
    [['--format', 'sarfi'], 'did you mean sarif?'],
    [['--format', 'sarif,text'], 'give it a file'],
    [['--format', 'sarif', '--json'], 'two things'],
    [['--format', 'text,github', '--output', 'x'], 'one format'],
  ] as const) {
    const { code, stdout, stderr } = await cli.run(['validate', 'repo/jobs', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  }
});

test('a code is explained with an example, what is said of it, and the repair; without a code all are listed', async () => {
  const one = await cli.run(['explain-code', '2003']);
  expect(one.code).toBe(0);
  expect(one.stdout).toContain('HERA2003: a need that is not a job\n');
  expect(one.stdout).toContain('  error[HERA2003]: `report` needs `order`, which is not a job\n');
  expect(one.stdout).toContain('Right:\n');
  const data = (await cli.run(['explain-code', 'HERA2003', '--json'])).json<Record<string, unknown>>();
  expect(data).toMatchObject({ code: 'HERA2003', diagnostics: [{ code: 'HERA2003', line: 1 }] });
  const all = (await cli.run(['explain-code', '--json'])).json<{ code: string }[]>();
  expect(all.map(({ code }) => code)).toEqual(Object.keys(codes));
});

test('an unknown code exits 3 with the nearest one', async () => {
  const { code, stderr } = await cli.run(['explain-code', 'HERA203']);
  expect([code, stderr]).toEqual([3, expect.stringContaining('did you mean HERA2003?')]);
});
