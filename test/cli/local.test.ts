import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseConnection, dropContext, keepContext } from '../../cli/contexts.js';
import { readEnvironment } from '../../cli/environment.js';
import { createProgram } from '../../cli/program.js';
import { span, table } from '../../cli/table.js';
import { noteWords } from '../../cli/words.js';
import { type Cli, MAIN, openCli } from './hera.js';

let cli: Cli;
let project = '';
beforeAll(async () => {
  cli = openCli();
  project = join(cli.home, 'warehouse');
  const made = await cli.run(['init', 'warehouse', '--zone', 'Asia/Shanghai']);
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toMatch(/next:\n {2}cd warehouse\n {2}hera validate\n {2}hera up\n/);
});
afterAll(() => cli.close());

test('init makes a project in git that is right, and never overwrites one', async () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: project, encoding: 'utf8' }).trim();
  expect(git('status', '--porcelain')).toBe('');
  expect(git('log', '--format=%s')).toBe('A Hera project');
  const validated = await cli.run(['validate', '--json'], { cwd: project });
  expect([validated.code, validated.json()]).toEqual([0, []]);
  const again = await cli.run(['init', 'warehouse']);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('a Hera project already')]);
});

test('init puts the workdays of a country into calendars/, and knows which there are', async () => {
  const made = await cli.run(['init', 'days', '--calendar', 'cn', '--json']);
  expect([made.code, made.json<{ files: string[] }>().files]).toEqual([
    0,
    expect.arrayContaining(['calendars/cn-workdays.yaml']),
  ]);
  writeFileSync(
    join(cli.home, 'days/on.yaml'),
    'schedule: { cron: "0 5 * * *", on: cn-workdays }\nrun: { shell: "true" }\n',
  );
  expect((await cli.run(['validate', 'days'])).code).toBe(0);
  const unknown = await cli.run(['init', 'others', '--calendar', 'xx']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there are: cn')]);
});

test('compile prints the manifest: project, jobs, and timetables with the jobs that fire by their base', async () => {
  const { code, json } = await cli.run(['compile'], { cwd: project });
  const manifest = json<{ project: string; jobs: { id: string }[]; timetables: object[] }>();
  expect(code).toBe(0);
  expect(manifest.project).toBe('warehouse');
  expect(manifest.jobs.map((job) => job.id)).toEqual(['sales/by-hand', 'sales/extract', 'sales/report']);
  expect(manifest.timetables).toMatchObject([
    { cron: '30 2 * * *', zone: 'Asia/Shanghai', jobs: ['sales/extract', 'sales/report'] },
  ]);
});

test('simulate prints the runs of a stretch of time, one object a line, and a later upstream is noted', async () => {
  const simulated = join(cli.home, 'simulated');
  mkdirSync(simulated);
  writeFileSync(join(simulated, 'hera.project.yaml'), 'name: shop\nzone: Asia/Shanghai\n');
  writeFileSync(join(simulated, 'a.yaml'), 'schedule: "30 23 * * *"\nrun: { shell: "true" }\n');
  writeFileSync(join(simulated, 'b.yaml'), 'schedule: "0 3 * * *"\nneeds: [a]\nrun: { shell: "true" }\n');
  const { code, stdout, stderr } = await cli.run([
    'simulate',
    'simulated',
    '--from',
    '2026-11-22',
    '--to',
    '2026-11-23',
  ]);
  expect(code).toBe(0);
  const a = '2026-11-22T15:30:00Z';
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { job: 'b', period: '2026-11-21T19:00:00Z', base: null, needs: [{ job: 'a', periods: [a], optional: false }] },
    { job: 'a', period: a, base: null, needs: [] },
  ]);
  expect(stderr).toBe('note: b of 2026-11-22T03:00:00+08:00 awaits a of 2026-11-22T23:30:00+08:00, which is later\n');
  const wrong = await cli.run(['simulate', 'simulated', '--from', 'yesterday', '--to', '2026-11-23']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--from: "yesterday" is no time')]);
});

test('a mistake is said with its place, exits 1, and is data with --json', async () => {
  const broken = join(cli.home, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'hera.project.yaml'), 'name: shop\nzone: UTC\n');
  writeFileSync(join(broken, 'a.yaml'), 'needs: [b]\nrun: { shell: "true" }\n');
  const text = await cli.run(['validate', 'broken']);
  expect([text.code, text.stderr]).toEqual([1, '']);
  expect(text.stdout).toContain('--> a.yaml:1:9');
  const data = await cli.run(['--json', 'validate', 'broken']);
  expect([data.code, data.stderr]).toEqual([1, '']);
  expect(data.json()).toMatchObject([{ severity: 'error', file: 'a.yaml', line: 1, column: 9, endLine: 1, notes: [] }]);
});

test('a usage error exits 2, and nobody to ask exits 5 with the way out', async () => {
  expect((await cli.run(['frobnicate'])).code).toBe(2);
  expect((await cli.run(['backfill'])).code).toBe(2);
  expect((await cli.run(['runs', '--limit', 'many'])).code).toBe(2);
  const nobody = await cli.run(['runs', '--json']);
  expect([nobody.code, nobody.stdout]).toEqual([5, '']);
  expect(nobody.stderr).toMatch(/no server is known here\n {2}help: start one with `hera up`/);
  const silent = await cli.run(['runs'], { env: { HERA_URL: 'http://127.0.0.1:1', HERA_TOKEN: 'x' } });
  expect([silent.code, silent.stderr]).toEqual([5, expect.stringContaining('no server answers at http://127.0.0.1:1')]);
});

test('what a person mistypes is told in one sentence with its place, never as a stack', async () => {
  const file = join(cli.home, 'a-file');
  writeFileSync(file, 'x');
  const server = { HERA_URL: 'http://127.0.0.1:1' };
  const mistakes: readonly [readonly string[], Record<string, string>, number, RegExp][] = [
    [['validate', 'nowhere'], {}, 2, /there is no directory .*nowhere/],
    [['validate', file], {}, 2, /there is no directory .*a-file/],
    [['up', 'warehouse', '--state-dir', file], {}, 1, /a-file/],
    [['init', 'elsewhere', '--zone', 'Mars/Base'], {}, 2, /"Mars\/Base" is no time zone/],
    [['runs'], { HERA_URL: 'not an address', HERA_TOKEN: 'x' }, 2, /no address of a server/],
    [['runs'], { ...server, HERA_TOKEN: 'tökén€' }, 4, /characters that no token has/],
    [['token', 'create', 'x', '--days', '0'], {}, 2, /from 1 to 3650/],
    [['backfill', '--from', 'now', '--to', 'now', '--parallel', '0'], {}, 2, /from 1 to 1000/],
    [['runs', '--limit', '1e3'], {}, 2, /from 0 to 100000/],
  ];
  const answers = await Promise.all(mistakes.map(([args, env]) => cli.run(args, { env })));
  for (const [at, [args, , code, words]] of mistakes.entries()) {
    const { stderr, ...answer } = answers[at]!;
    expect([answer.code, stderr], args.join(' ')).toEqual([code, expect.stringMatching(words)]);
    expect(stderr, args.join(' ')).not.toMatch(/\n {4}at /);
  }
  expect(existsSync(join(cli.home, 'elsewhere'))).toBe(false);
});

test('a result that cannot be written is a failure; a reader that left is none', async () => {
  const compile = `${process.execPath} ${MAIN} compile`;
  const shell = (line: string) => spawnSync('sh', ['-c', line], { cwd: project, encoding: 'utf8' });
  if (existsSync('/dev/full')) {
    const full = shell(`${compile} > /dev/full`);
    expect([full.status, full.stderr]).toEqual([1, expect.stringContaining('standard output cannot be written')]);
  }
  expect(shell(`{ ${compile}; echo $? >&2; } | true`).stderr).toBe('0\n');
});

test('init says where to go in words that a shell takes', async () => {
  const { stdout } = await cli.run(['init', "it's here"]);
  expect(stdout).toContain(`  cd 'it'\\''s here'\n`);
  expect(existsSync(join(cli.home, "it's here", 'hera.project.yaml'))).toBe(true);
});

test('plan refuses what is not committed before it asks a server', async () => {
  writeFileSync(join(project, 'open.txt'), 'x');
  const { code, stderr } = await cli.run(['plan'], { cwd: project });
  expect([code, stderr]).toEqual([2, expect.stringContaining('not committed: open.txt')]);
});

test('every command has help, a description and, but for the smallest, an example', () => {
  const program = createProgram(() => {});
  for (const command of program.commands) {
    expect(command.description(), command.name()).not.toBe('');
    if (command.commands.length === 0) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help, command.name()).toContain('Examples:');
    }
  }
  const names = program.commands.map((command) => command.name());
  const reference = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  expect(names.filter((name) => !reference.includes(`hera ${name}`))).toEqual([]);
});

const envOf = (more: Record<string, string> = {}) =>
  readEnvironment({ HERA_CONFIG_DIR: join(cli.home, 'contexts'), ...more }, false);

test('a command uses HERA_URL, else the connection of its directory, else the last one made', () => {
  const env = envOf();
  expect(chooseConnection(env, '/a/project/sub')).toBeUndefined();
  keepContext(env, 'a', { url: 'http://a', token: 'ta', directory: '/a/project' });
  keepContext(env, 'b', { url: 'http://b', token: 'tb' });
  expect(chooseConnection(env, '/a/project/sub')).toMatchObject({ url: 'http://a', token: 'ta' });
  expect(chooseConnection(env, '/a/projector')).toMatchObject({ url: 'http://b' });
  expect(chooseConnection(envOf({ HERA_URL: 'http://a/' }), '/')).toEqual({ url: 'http://a/', token: 'ta' });
  expect(chooseConnection(envOf({ HERA_URL: 'http://c' }), '/a/project')).toBeUndefined();
  expect(chooseConnection(envOf({ HERA_TOKEN: 'mine' }), '/')).toMatchObject({ url: 'http://b', token: 'mine' });
  expect(statSync(join(env.configDir, 'contexts.json')).mode & 0o777).toBe(0o600);
  dropContext(env, 'b');
  expect(chooseConnection(env, '/')).toMatchObject({ url: 'http://a' });
});

test('colours are for terminals that want them', () => {
  expect(readEnvironment({}, true).color).toBe(true);
  expect(readEnvironment({}, false).color).toBe(false);
  expect(readEnvironment({ NO_COLOR: '1' }, true).color).toBe(false);
  expect(readEnvironment({ TERM: 'dumb' }, true).color).toBe(false);
  expect(readEnvironment({ FORCE_COLOR: '1', CI: 'true' }, false).color).toBe(true);
});

test('columns line up under Chinese too, and spans are read at a glance', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['订单', '1'],
        ['x', '2'],
      ],
    ),
  ).toEqual(['A     B', '订单  1', 'x     2']);
  expect([span(140), span(59_000), span(61_000), span(3_700_000)]).toEqual(['0.1 s', '59 s', '1 min 1 s', '1 h 1 min']);
});

test('the version is the package’s, and a shim without a build says how to make one', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect((await cli.run(['--version'])).stdout.trim()).toBe(version);
  const shim = join(cli.home, 'bin', 'hera');
  mkdirSync(join(cli.home, 'bin'), { recursive: true });
  writeFileSync(shim.replace(/hera$/, 'hera.mjs'), readFileSync(new URL('../../bin/hera', import.meta.url)));
  expect(existsSync(shim)).toBe(false);
  const answer = await new Promise<string>((resolve) => {
    try {
      execFileSync(process.execPath, [`${shim}.mjs`], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      resolve((error as { stderr: string; status: number }).stderr);
    }
  });
  expect(answer).toContain('npm run build');
});

test('who ended a process is told in words, whatever else is noted as it is', () => {
  expect(noteWords('stranger')).toMatch(/^killed from outside/);
  expect(noteWords('the machine was suspended')).toBe('the machine was suspended');
  expect(noteWords(null)).toBe('');
});
