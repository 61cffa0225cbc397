import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { startKeeper } from '../../../runtime/worker/keeper.js';
import {
  endGroup,
  forksSinceBoot,
  type Group,
  identify,
  membersOf,
  startOf,
} from '../../../runtime/worker/processes.js';
import { leaseTimes } from '../../../runtime/worker/times.js';
import { until } from './bench.js';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) {
    for (const pid of [...(outputs.get(child) ?? '').matchAll(/pid=(\d+)/g)].map((match) => Number(match[1])))
      if (identify(pid)) process.kill(pid, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  }
});

const outputs = new Map<ChildProcess, string>();

/** A group of its own; resolves when the script has said `ready`. */
async function startGroup(
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Group & { child: ChildProcess }> {
  const child = spawn('bash', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
      HERA_RUN_ID: '7',
      HERA_ATTEMPT: '3',
      HERA_WORKER: 'ours',
      ...env,
    },
  });
  started.push(child);
  child.stdout?.on('data', (bytes: Buffer) => outputs.set(child, (outputs.get(child) ?? '') + bytes.toString()));
  const group = { pgid: child.pid!, run: '7', attempt: 3, worker: 'ours', started: startOf(child.pid!) };
  await until(() => outputs.get(child)?.includes('ready'));
  return { ...group, child };
}

const ESCAPE = `setsid bash -c 'echo "pid=$$"; echo ready; exec sleep 60' & `;

test('a process that left the group is found by the marks in its environment', async () => {
  const group = await startGroup(`${ESCAPE} sleep 60`);
  const escaped = Number(/pid=(\d+)/.exec(outputs.get(group.child) ?? '')?.[1]);
  expect(membersOf(group)).toContain(escaped);
  // The guard can fail: under another attempt's number it is a stranger.
  expect(membersOf({ ...group, attempt: 4 })).not.toContain(escaped);
  await endGroup(group, 1_000);
  expect(identify(escaped)).toBeUndefined();
});

test('who started a group looks only among later pids, and still finds whoever left it', async () => {
  const forks = forksSinceBoot();
  if (forks === undefined) return;
  const group = { ...(await startGroup(`${ESCAPE} sleep 60`)), forks };
  const escaped = Number(/pid=(\d+)/.exec(outputs.get(group.child) ?? '')?.[1]);
  expect(membersOf(group)).toEqual(membersOf({ ...group, forks: Number.MIN_SAFE_INTEGER }));
  expect(membersOf(group)).toContain(escaped);
  // The bound is a real one: of a leader that began later, what came before is not even looked at.
  const later = (await startGroup('echo ready; sleep 60')).pgid;
  expect(membersOf({ ...group, pgid: later })).not.toContain(escaped);
  expect(membersOf({ ...group, pgid: later, forks: Number.MIN_SAFE_INTEGER })).toContain(escaped);
  await endGroup(group, 1_000);
  expect(identify(escaped)).toBeUndefined();
});

test('a process of another run with a number that begins alike is left alone', async () => {
  const other = await startGroup('echo "pid=$$"; echo ready; sleep 60', { HERA_RUN_ID: '77' });
  await endGroup({ pgid: 2 ** 22 + 1, run: '7', attempt: 3, worker: 'ours', started: '' }, 100);
  expect(identify(other.pgid)).toBeDefined();
});

test("a process of another installation's worker with the same run and attempt is left alone", async () => {
  const other = await startGroup('echo "pid=$$"; echo ready; sleep 60', { HERA_WORKER: 'theirs' });
  const ours = { pgid: 2 ** 22 + 1, run: '7', attempt: 3, worker: 'ours', started: '' };
  await endGroup(ours, 100);
  expect(identify(other.pgid)).toBeDefined();
  // The guard can fail: under the other worker's mark it is found.
  expect(membersOf({ ...ours, worker: 'theirs' })).toContain(other.pgid);
});

test('ending a group that is gone does nothing and says so', async () => {
  const group = await startGroup('echo ready');
  if (group.child.exitCode === null) await once(group.child, 'exit');
  expect(await endGroup(group, 1_000)).toBe(false);
});

test('a zombie counts as ended', async () => {
  // The parent never waits for its child.
  const group = await startGroup('(exec sleep 0) & echo ready; exec sleep 60');
  await until(() => membersOf(group).length === 1);
  expect(membersOf(group)).toEqual([group.pgid]);
});

test('the keeper ends what it was told of when it hears nothing for too long, and only that', async () => {
  const times = { ...leaseTimes(0.1), pulseMs: 1_000_000, pulseSilenceMs: 300 };
  const keeper = await startKeeper(times);
  const [told, untold] = [
    await startGroup('echo ready; sleep 60'),
    await startGroup('echo "pid=$$"; echo ready; sleep 60'),
  ];
  keeper.add({ ...told, run: 'x' });
  await once(told.child, 'exit');
  expect(identify(untold.pgid)).toBeDefined();
  await keeper.close();
});

test('a keeper that is sent home ends nothing', async () => {
  const keeper = await startKeeper(leaseTimes(0.1));
  const group = await startGroup('echo ready; sleep 60');
  keeper.add(group);
  await keeper.close();
  expect(identify(group.pgid)).toBeDefined();
  await endGroup(group, 1_000);
});
