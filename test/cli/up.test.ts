import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseConnection } from '../../cli/contexts.js';
import { readEnvironment } from '../../cli/environment.js';
import { until } from '../runtime/worker/bench.js';
import { repositoryAt } from '../support/repository.js';
import { type Cli, MAIN, openCli } from './hera.js';

const QUIET = ['--no-pages', '--port', '0', '--state-dir'];

let cli: Cli;
let project = '';
const hera = (...args: string[]) => cli.run(args, { cwd: project });
const git = (...args: string[]) => repositoryAt(project).git(...args);

beforeAll(async () => {
  cli = openCli();
  project = join(cli.home, 'shop');
  await cli.run(['init', 'shop', '--zone', 'Asia/Shanghai']);
  const up = await hera('up', '--detach', '--no-pages', '--port', '0', '--env', 'FROM_UP=yes', '--json');
  expect([up.code, up.stderr]).toEqual([0, '']);
  expect(up.json()).toMatchObject({ signIn: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#heral_/) });
});
afterAll(async () => {
  if (project) await hera('down');
  cli.close();
});

test('after `hera up` a command in another terminal knows the server, and its project is in force', async () => {
  const { code, json } = await hera('deployments', '--json');
  expect([code, json()]).toEqual([
    0,
    [expect.objectContaining({ project: 'shop', subject: 'A Hera project', commit: git('rev-parse', 'HEAD') })],
  ]);
  const jobs = (await hera('jobs', 'extract', '--json')).json();
  expect(jobs).toMatchObject([
    { job: 'sales/extract', crons: ['30 2 * * *'], nextRuns: [expect.stringMatching(/T18:30:00Z$/)] },
  ]);
});

test('run --follow prints the output alone on standard output, and its exit code is the outcome', async () => {
  const run = await hera('run', 'sales/extract', '--period', '2026-11-20', '--follow');
  expect([run.code, run.stdout]).toEqual([0, 'hello, these are the orders of 20261119\n']);
  expect(run.stderr).toContain('sales/extract 2026-11-19T18:30:00Z: succeeded');
  expect((await hera('logs', 'sales/extract@2026-11-20')).stdout).toBe(run.stdout);
});

test('a second turn by hand shows its own output alone; its failure is told beside the state that it does not change', async () => {
  const at = ['--period', '2026-11-18'];
  const first = await hera('run', 'sales/extract', ...at, '--follow');
  expect([first.code, first.stdout]).toEqual([0, 'hello, these are the orders of 20261117\n']);
  writeFileSync(join(project, 'sales/extract.sh'), 'echo worse; exit 7\n');
  git('commit', '--quiet', '--all', '--message', 'Worse');
  expect((await hera('apply')).code).toBe(0);
  const second = await hera('run', 'sales/extract', ...at, '--follow');
  expect([second.code, second.stdout]).toEqual([1, 'worse\n']);
  expect(second.stderr).toMatch(/failed \(exit 7\)\n {2}see: hera run-info \d+\n$/);
  const explained = await hera('explain', 'sales/report@2026-11-18');
  expect([explained.code, explained.stdout]).toEqual([
    0,
    expect.stringContaining('sales/extract@2026-11-17T18:30:00Z'),
  ]);
  const next = await hera('jobs', '--next');
  expect(next.stdout).toMatch(/^NEXT +ZONE +UTC +JOB +FIRES\n.*02:30:00\+08:00 +Asia\/Shanghai .*sales\/extract/);
  const info = await hera('run-info', 'sales/extract@2026-11-18');
  expect(info.stdout).toMatch(/^sales\/extract .* succeeded/);
  expect(info.stdout).toContain('the last turn, asked by hand, ended failed');
  git('revert', '--no-edit', 'HEAD');
  expect((await hera('apply')).code).toBe(0);
});

test('a backfill says why it would run nothing, and refuses a range that nobody can mean', async () => {
  const by = (...more: string[]) => hera('backfill', '--from', '2026-11-01', '--to', '2026-11-02', ...more);
  expect((await by('--job', 'sales/by-hand')).stderr).toContain('nothing to run: these jobs have no period');
  expect((await by('--job', 'sales/extract', '--only', 'failed')).stderr).toContain(
    'no period of that range has failed',
  );
  expect((await by('--job', '')).stderr).toContain('must not be empty');
  writeFileSync(join(project, 'often.yaml'), 'schedule: "* * * * *"\nrun: { shell: "true" }\nstart: 1970-01-01\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Often');
  expect((await hera('apply')).code).toBe(0);
  const long = await hera('backfill', '--job', 'often', '--from', '1971-01-01', '--to', '2026-11-01');
  expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('more than 100000 periods')]);
  const day = await hera('run', 'often', '--period', '2026-11-20');
  expect([day.code, day.stderr]).toEqual([2, expect.stringContaining('often has 1440 periods there')]);
  expect(day.stderr.length).toBeLessThan(400);
  expect((await hera('runs', '--state', 'odd')).stderr).toContain('must be one of waiting, queued');
  git('revert', '--no-edit', 'HEAD');
  expect((await hera('apply')).code).toBe(0);
});

test('a second `hera up` on the same directory says who has it', async () => {
  const again = await hera('up', '--no-pages');
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/already runs in .*pid \d+, http:/)]);
});

test('a commit is planned, applied, and in force for the next run; a stale hash is refused', async () => {
  writeFileSync(join(project, 'sales/by-hand.yaml'), `run: { shell: "echo $FROM_UP; exit 4" }\n`);
  git('commit', '--quiet', '--all', '--message', 'By hand fails');
  const plan = await hera('plan', '--detailed-exitcode', '--json');
  expect([plan.code, plan.json()]).toEqual([
    2,
    expect.objectContaining({ changes: [expect.objectContaining({ job: 'sales/by-hand', kind: 'change' })] }),
  ]);
  expect((await hera('apply', '--plan', 'other')).code).toBe(6);
  const { hash } = plan.json<{ hash: string }>();
  expect((await hera('apply', '--plan', hash)).code).toBe(0);
  expect((await hera('plan', '--detailed-exitcode')).code).toBe(0);
  const run = await hera('run', 'sales/by-hand', '--wait', '--json');
  expect([run.code, run.json()]).toEqual([1, expect.objectContaining({ state: 'failed', job: 'sales/by-hand' })]);
  expect((await hera('logs', run.json<{ run: string }>().run)).stdout).toBe('yes\n');
  const failed = (await hera('runs', '--state', 'failed', '--json')).json();
  expect(failed).toMatchObject([
    { job: 'sales/by-hand', attempts: [{ exitCode: 4, trigger: 'dependency', host: expect.any(String) }] },
  ]);
});

test('a working tree is deployed with --dirty only, as a commit on no branch', async () => {
  appendFileSync(join(project, 'sales/report.yaml'), 'tags: [late]\n');
  expect((await hera('apply')).code).toBe(2);
  expect((await hera('apply', '--dirty')).code).toBe(0);
  expect((await hera('deployments', '--limit', '2', '--json')).json()).toMatchObject([
    { dirty: true },
    { dirty: false },
  ]);
  git('checkout', '--quiet', '.');
  expect((await hera('apply')).code).toBe(0);
});

test('a backfill only prints its plan until it is told to do it, and waits for all', async () => {
  const range = [
    'backfill',
    '--job',
    'sales/{extract}'.replace(/[{}]/g, ''),
    '--from',
    '2026-11-01',
    '--to',
    '2026-11-03',
  ];
  const seen = await hera(...range, '--json');
  expect([seen.code, seen.json()]).toEqual([0, expect.objectContaining({ total: 2, operation: null })]);
  const done = await hera(...range, '--plan', seen.json<{ hash: string }>().hash, '--wait', '--json');
  expect([done.code, done.json()]).toEqual([0, expect.objectContaining({ states: { succeeded: 2 } })]);
  expect((await hera(...range, '--plan', 'other')).code).toBe(6);
});

test('a recover and a cascade only print their plan until they are told to do it; both run again what succeeded, and wait for the end', async () => {
  const day = ['--from', '2026-11-05', '--to', '2026-11-06'];
  expect((await hera('backfill', ...day, '--yes', '--wait')).code).toBe(0);
  const seen = await hera('recover', 'sales/extract@2026-11-05', '--json');
  expect(seen.json()).toMatchObject({ kind: 'recover', total: 1, operation: null, counts: { run: 1 } });
  expect((await hera('recover', 'sales/extract@2026-11-05', '--plan', 'other')).code).toBe(6);
  expect((await hera('recover', '--from', '2026-11-05')).code).toBe(2);
  const nothing = await hera('recover', '--state', 'failed', ...day);
  expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining('nothing to run again')]);
  const recovered = await hera('recover', 'sales/extract@2026-11-05', '--yes', '--wait');
  expect([recovered.code, recovered.stdout]).toEqual([0, expect.stringMatching(/\n1 succeeded\n$/)]);
  const plan = await hera('cascade', 'sales/extract@2026-11-05');
  expect(plan.stdout).toMatch(
    /^cascade: 2 runs, .*\n.*\n {2}sales\/extract .* run +asked; was succeeded\n {2}sales\/report .*awaits/,
  );
  expect(plan.stderr).toContain('nothing is done yet; to do it: --plan ');
  const done = await hera('cascade', 'sales/extract@2026-11-05', '--yes', '--wait', '--json');
  expect([done.code, done.json()]).toEqual([
    0,
    expect.objectContaining({ states: { succeeded: 2 }, progress: 'ended' }),
  ]);
  const { operation } = done.json<{ operation: string }>();
  expect((await hera('cascade', 'show', operation, '--json')).json()).toMatchObject({ operation, items: [{}, {}] });
  expect((await hera('cascades')).stdout).toContain('sales/extract@2026-11-0');
  const resumed = await hera('cascade', 'resume', operation, '--yes');
  expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringContaining('nothing of cascade')]);
  expect((await hera('cascade', 'cancel', '999999')).code).toBe(3);
  expect((await hera('cascade')).code).toBe(2);
});

test('a freeze only prints its plan until it is told to do it; it is listed, in the status, and ended by its scope', async () => {
  const freeze = (...more: string[]) => hera('freeze', 'sales', '--reason', 'the source moves', ...more);
  const seen = await freeze();
  expect([seen.code, seen.stdout]).toEqual([
    0,
    expect.stringMatching(/^freeze: \d jobs, 0 open runs, plan [0-9a-f]{16}\n$/),
  ]);
  expect(seen.stderr).toContain('nothing is done yet; to do it: --plan ');
  expect((await freeze('--plan', 'other')).code).toBe(6);
  const done = await freeze('--yes', '--until', '2h', '--json');
  expect([done.code, done.json()]).toEqual([
    0,
    expect.objectContaining({
      freezes: [expect.objectContaining({ scope: 'folder', subject: 'sales', endedAt: null })],
    }),
  ]);
  expect((await hera('status')).stdout).toMatch(/Frozen\n.*\n.*folder:sales .*the source moves\n/);
  expect((await hera('unfreeze', 'sales', '--yes')).stdout).toContain('folder:sales is frozen no more');
  expect((await hera('freezes')).stdout).toBe('nothing is frozen\n');
});

test('a mark only prints its plan until it is told to do it; a stale plan exits 6, a mark without a reason 2', async () => {
  const words = ['mark', 'sales/extract@2031-03-05', '--as', 'skipped'];
  const seen = await hera(...words, '--reason', 'a day off', '--json');
  expect([seen.code, seen.json()]).toEqual([0, expect.objectContaining({ kind: 'mark', total: 1 })]);
  expect((await hera(...words, '--reason', 'a day off', '--plan', 'other')).code).toBe(6);
  expect((await hera(...words)).code).toBe(2);
  expect((await hera(...words, '--reason', 'a day off', '--yes')).stdout).toContain('1 period marked skipped');
  expect((await hera('run-info', 'sales/extract@2031-03-05')).stdout).toMatch(/why: marked by \S+: a day off/);
});

test('not found exits 3, not permitted 4', async () => {
  expect((await hera('run-info', '4711')).code).toBe(3);
  expect((await hera('job', 'nope')).code).toBe(3);
  const made = await hera('token', 'create', 'look', '--account', 'looker', '--role', 'viewer');
  const env = { HERA_TOKEN: made.stdout.trim() };
  expect((await cli.run(['runs'], { cwd: project, env })).code).toBe(0);
  expect((await cli.run(['run', 'sales/extract'], { cwd: project, env })).code).toBe(4);
});

test('doctor finds everything well while it runs', async () => {
  const { code, json } = await hera('doctor', '--json');
  const wrong = json<{ state: string }[]>().filter((one) => one.state === 'wrong');
  expect([code, wrong]).toEqual([0, []]);
});

test('secrets of the state directory are for its owner only', () => {
  const listing = execFileSync('find', [join(project, '.hera', 'secrets'), '-type', 'f', '-perm', '/077'], {
    encoding: 'utf8',
  });
  expect(listing).toBe('');
  const cliToken = readFileSync(join(project, '.hera/secrets/cli-token'), 'utf8');
  expect(readFileSync(join(project, '.hera/logs/up.log'), 'utf8')).not.toContain(cliToken);
});

test('down ends every process, forgets the connection, and the next up finds what was', async () => {
  const running = () =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(project));
  expect(running().length).toBeGreaterThan(2);
  expect((await hera('down')).code).toBe(0);
  expect(running()).toEqual([]);
  const env = readEnvironment({ HERA_CONFIG_DIR: join(cli.home, 'config') }, false);
  expect(chooseConnection(env, project)).toBeUndefined();
  expect(existsSync(join(project, '.hera'))).toBe(true);
  expect((await hera('up', '--detach', '--no-pages')).code).toBe(0);
  expect((await hera('runs', '--limit', '1', '--json')).json()).toHaveLength(1);
});

test('a start in the background says what a start in the foreground would: that nothing is deployed, and why', async () => {
  expect((await hera('down')).code).toBe(0);
  writeFileSync(join(project, 'sales/by-hand.yaml'), 'runs: wrong\n');
  git('commit', '--quiet', '--all', '--message', 'Wrong');
  const up = await hera('up', '--detach', '--no-pages', '--json');
  expect([up.code, up.stderr]).toEqual([0, expect.stringContaining('nothing is deployed')]);
  expect(up.json()).toMatchObject({ url: expect.any(String) });
  git('revert', '--no-edit', 'HEAD');
});

test('when PostgreSQL dies all ends soon, also what runs, and nothing waits for a database that does not come back', async () => {
  writeFileSync(join(project, 'sales/extract.sh'), 'sleep 300; true\n');
  git('commit', '--quiet', '--all', '--message', 'Long');
  expect((await hera('apply')).code).toBe(0);
  await hera('run', 'sales/extract', '--period', '2026-11-17');
  const running = () =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(project));
  await until(() => running().some((line) => /\/work\/shop\/.*script/.test(line)));
  const postmaster = Number(readFileSync(join(project, '.hera/postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  const killed = performance.now();
  process.kill(postmaster, 'SIGKILL');
  await until(() => running().length === 0);
  // Ten seconds on a machine that has nothing else to do; it was more than a minute.
  expect(performance.now() - killed).toBeLessThan(50_000);
  expect(readFileSync(join(project, '.hera/logs/up.log'), 'utf8')).toContain('postgres ended by itself');
});

test('Ctrl-C in the middle of a start is answered at once, and leaves no process and no complaint', async () => {
  const state = join(cli.home, 'interrupted');
  const up = spawn(process.execPath, [MAIN, 'up', project, ...QUIET, state], {
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HERA_CONFIG_DIR: join(cli.home, 'interrupted-config') },
  });
  let said = '';
  up.stderr.setEncoding('utf8').on('data', (text: string) => {
    // The whole group, as a terminal does.
    if (!said.includes('new database cluster') && text.includes('new database cluster'))
      process.kill(-up.pid!, 'SIGINT');
    said += text;
  });
  const [code] = (await once(up, 'close')) as [number];
  expect([code, said]).toEqual([0, expect.stringMatching(/SIGINT: ending …\n$/)]);
  const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(left.split('\n').filter((line) => line.includes(state))).toEqual([]);
});
