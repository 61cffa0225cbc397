import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { startKeeper } from '../../../runtime/worker/keeper.js';
import { type Launched, type Launcher, startLauncher } from '../../../runtime/worker/launcher.js';
import { startProcess } from '../../../runtime/worker/process.js';
import { identify } from '../../../runtime/worker/processes.js';
import { segmentName } from '../../../runtime/worker/segments.js';
import { leaseTimes } from '../../../runtime/worker/times.js';
import { until } from './bench.js';

const folder = mkdtempSync(join(tmpdir(), 'hera-launcher-'));
const launchers: Launcher[] = [];
const pids: number[] = [];

const open = async (): Promise<Launcher> => {
  const launcher = await startLauncher(join(folder, 'pipes'));
  launchers.push(launcher);
  return launcher;
};

afterEach(async () => {
  for (const launcher of launchers.splice(0)) await launcher.close();
  for (const pid of pids.splice(0)) if (identify(pid)) process.kill(pid, 'SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

const output = join(folder, 'output');
const launch = (launcher: Launcher, script: string, env: Readonly<Record<string, string>> = {}): Promise<Launched> =>
  launcher.launch({ command: '/bin/sh', args: ['-c', script], env, cwd: folder, output });
const written = (): string => readFileSync(join(output, segmentName(0)), 'utf8');

/** The launcher is the parent of what it starts. */
async function launcherOf(launcher: Launcher): Promise<number> {
  const file = join(folder, 'parent');
  const launched = await launcher.launch({
    ...{ command: '/bin/sh', args: ['-c', 'echo $PPID'], env: {}, cwd: folder },
    output: file,
  });
  if (launched.kind !== 'started') throw new Error('not started');
  await launched.exit;
  await launched.output.end(new AbortController().signal);
  return Number(
    readFileSync(join(file, segmentName(0)), 'utf8')
      .trim()
      .split('\n')
      .at(-1),
  );
}

test('a program gets its group, directory and environment and nothing of ours, and its code comes back', async () => {
  const launched = await launch(await open(), 'echo "$GREETING $(pwd) $HOME-"; ps -o pgid= -p $$; exit 3', {
    GREETING: 'hello',
    PATH: '/usr/bin:/bin',
  });
  if (launched.kind !== 'started') throw new Error(launched.kind);
  expect(await launched.exit).toMatchObject({ kind: 'exited', code: 3, signal: null });
  await launched.output.end(new AbortController().signal);
  expect(written().split(/\s+/)).toEqual(['hello', folder, '-', String(launched.pid), '']);
});

test('a signal is told by its name, and what cannot be executed is refused with the reason', async () => {
  const launcher = await open();
  const launched = await launch(launcher, 'kill -SEGV $$');
  expect(launched.kind === 'started' && (await launched.exit)).toMatchObject({ code: null, signal: 'SIGSEGV' });
  expect(await launcher.launch({ command: '/no/such', args: [], env: {}, cwd: folder, output })).toMatchObject({
    kind: 'refused',
    why: expect.stringContaining('ENOENT'),
  });
  writeFileSync(join(folder, 'file'), '');
  expect(
    await launcher.launch({ command: '/bin/sh', args: [], env: {}, cwd: folder, output: join(folder, 'file/output') }),
  ).toMatchObject({ kind: 'refused', why: expect.stringContaining('ENOTDIR') });
});

test('a hundred programs at once are told apart', async () => {
  const launcher = await open();
  const codes = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const launched = await launch(launcher, `exit ${i}`);
      return launched.kind === 'started' ? ((await launched.exit) as { code: number }).code : launched.kind;
    }),
  );
  expect(codes).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('what a killed launcher has started is lost, and the next program gets a new launcher', async () => {
  const launcher = await open();
  const launched = await launch(launcher, 'exec sleep 60', { PATH: '/usr/bin:/bin' });
  if (launched.kind !== 'started') throw new Error(launched.kind);
  pids.push(launched.pid);
  process.kill(await launcherOf(launcher), 'SIGKILL');
  expect(await launched.exit).toEqual({ kind: 'lost' });
  expect(identify(launched.pid)).toBeDefined();
  const next = await launch(launcher, 'exit 7');
  expect(next.kind === 'started' && (await next.exit)).toMatchObject({ code: 7 });
});

test('an attempt whose launcher is killed leaves no process, and no verdict', async () => {
  const [launcher, keeper] = [await open(), await startKeeper(leaseTimes(0.1))];
  const started = await startProcess(
    {
      ...{
        run: '41',
        attempt: 2,
        worker: 'w',
        command: '/bin/sh',
        args: ['-c', 'setsid sleep 60 & exec sleep 60'],
        cwd: folder,
      },
      ...{ env: { PATH: '/usr/bin:/bin', HERA_RUN_ID: '41', HERA_ATTEMPT: '2', HERA_WORKER: 'w' }, output },
      ...{ timeoutMs: 60_000, graceMs: 1_000 },
    },
    { keeper, launcher },
    () => {},
  );
  if ('refused' in started) throw new Error(started.refused);
  pids.push(started.group.pgid);
  process.kill(await launcherOf(launcher), 'SIGKILL');
  expect(await started.ended).toMatchObject({ kind: 'released' });
  expect(identify(started.group.pgid)).toBeUndefined();
  await keeper.close();
});

test('a launcher that is sent home ends nothing, and starts nothing more', async () => {
  const launcher = await startLauncher(join(folder, 'pipes'));
  const parent = await launcherOf(launcher);
  const launched = await launch(launcher, 'exec sleep 60', { PATH: '/usr/bin:/bin' });
  if (launched.kind !== 'started') throw new Error(launched.kind);
  pids.push(launched.pid);
  await launcher.close();
  await until(() => identify(parent) === undefined);
  expect(identify(launched.pid)).toBeDefined();
  expect(await launch(launcher, 'exit 0')).toEqual({ kind: 'lost' });
});
