import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker as TemporalWorker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openWay } from '../../../bench/soak/way.js';
import { logTail } from '../../../runtime/store/log.js';
import { identify } from '../../../runtime/worker/processes.js';
import { plantRun } from '../../support/estate.js';
import { type TestTemporal, temporalForTests } from '../../support/servers.js';
import { type Bench, openBench, until } from './bench.js';

// A whole worker in its own process, with a real Temporal server: what happens when it is killed, drained, stopped.

let bench: Bench;
let temporal: TestTemporal;
let client: Client;
let native: NativeConnection;
let workflows: TemporalWorker;
let running: Promise<void>;
const workDir = mkdtempSync(join(tmpdir(), 'hera-worker-'));
const children: ChildProcess[] = [];

beforeAll(async () => {
  bench = await openBench(0.1);
  temporal = await temporalForTests();
  client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  native = await NativeConnection.connect({ address: temporal.address });
  workflows = await TemporalWorker.create({
    connection: native,
    namespace: temporal.namespace,
    taskQueue: 'workflows',
    workflowsPath: fileURLToPath(new URL('./execute-workflow.ts', import.meta.url)),
  });
  running = workflows.run();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    await ended;
  }
});

afterAll(async () => {
  workflows.shutdown();
  await running;
  await native.close();
  await temporal.close();
  await bench.close();
  rmSync(workDir, { recursive: true, force: true });
});

/** Starts a worker and resolves when it polls. */
async function startWorkerProcess(
  directory = workDir,
  ways: Readonly<{ url: string; temporalAddress: string }> = { url: bench.url(), temporalAddress: temporal.address },
): Promise<ChildProcess> {
  const options = {
    ...{ ...ways, token: bench.token, namespace: temporal.namespace },
    ...{ groups: ['default'], workDir: directory, scale: 0.1 },
  };
  const entry = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PLANTED_SECRET: 'of-the-worker' },
  });
  children.push(child);
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`))),
  ]);
  return child;
}

const start = async (run: string) => {
  const [row] = await bench.database<{ id: string }[]>`select workflow_id as id from run where id = ${run}`;
  return client.workflow.start('executeOnce', {
    taskQueue: 'workflows',
    workflowId: row!.id,
    args: [{ run, turn: 1 }],
  });
};

const outputOf = async (run: string, n = 1): Promise<string> =>
  ((await logTail(bench.database, run, n, 65_536))?.bytes ?? '').toString();

/** Bears the number of a run of ours, and the mark of a worker that is not ours. */
function processOfAnotherInstallation(run: string): number {
  const env = { PATH: process.env.PATH, HERA_RUN_ID: run, HERA_ATTEMPT: '1', HERA_WORKER: randomUUID() };
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env: env as unknown as NodeJS.ProcessEnv });
  children.push(child);
  return child.pid!;
}

const pidsIn = (output: string): readonly number[] =>
  [...output.matchAll(/pid=(\d+)/g)].map((match) => Number(match[1]));

test('a turn that Temporal delivers runs once, and its ending comes back', async () => {
  await startWorkerProcess();
  const { run } = await plantRun(bench.database, { script: 'echo "run $HERA_RUN_ID $PLANTED_SECRET"; exit 7' });
  expect(await (await start(run)).result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 7 } });
  expect(await outputOf(run)).toBe(`run ${run} \n`);
  const [worker] =
    await bench.database`select machine_groups, facts, gone_at from worker_instance where gone_at is null and host <> 'bench'`;
  expect(worker).toMatchObject({ machine_groups: ['default'], facts: { cpus: expect.any(Number) } });
});

test('a cancelled workflow ends its process, and the ending comes back', async () => {
  await startWorkerProcess();
  const { run } = await plantRun(bench.database, { script: 'echo ready; exec sleep 60' });
  const handle = await start(run);
  await until(async () => (await outputOf(run)).includes('ready'));
  await handle.cancel();
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGTERM', by: 'cancel' } });
});

test('when a worker is killed its processes end, and the next start gives their attempts up to be run again', async () => {
  const killed = await startWorkerProcess();
  const script = `
    if [ "$HERA_ATTEMPT" = 1 ]; then
      setsid bash -c 'echo "pid=$$"; exec sleep 60' &
      echo "pid=$$"; sleep 0.2; echo ready; sleep 60
    fi
    echo again`;
  const { run } = await plantRun(bench.database, { script, graceMs: 500 });
  const handle = await start(run);
  const output = await until(async () => {
    const text = await outputOf(run);
    return text.includes('ready') && text;
  });
  const pids = pidsIn(output);
  expect(pids).toHaveLength(2);
  const namesake = processOfAnotherInstallation(run);
  killed.kill('SIGKILL');
  await until(() => pids.every((pid) => identify(pid) === undefined));
  await startWorkerProcess();
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 0 } });
  // Neither keeper nor sweep took it for ours.
  expect(identify(namesake)).toBeDefined();
  expect(await outputOf(run, 2)).toBe('again\n');
  const attempts = await bench.database`select n, turn, state from attempt where run = ${run} order by n`;
  expect(attempts).toMatchObject([
    { n: 1, turn: 1, state: 'lost' },
    { n: 2, turn: 1, state: 'ended' },
  ]);
});

test('what a job says after its worker was killed is shipped by the next start', async () => {
  const killed = await startWorkerProcess();
  const script = `
    if [ "$HERA_ATTEMPT" = 1 ]; then
      trap 'for i in $(seq 5); do echo "last word $i"; sleep 0.05; done; echo over >&2; exit 0' TERM
      echo ready; while :; do sleep 0.05; done
    fi`;
  const { run } = await plantRun(bench.database, { script, graceMs: 500 });
  const handle = await start(run);
  await until(async () => (await outputOf(run)).includes('ready'));
  killed.kill('SIGKILL');
  await startWorkerProcess();
  await handle.result();
  const words = Array.from({ length: 5 }, (_, i) => `last word ${i + 1}\n`).join('');
  const said = await until(async () => {
    const text = await outputOf(run);
    return text.endsWith('over\n') && text;
  });
  // The shell has something to say about its own children too.
  expect(
    said
      .split('\n')
      .filter((line) => /^(ready|last|over)/.test(line))
      .join('\n'),
  ).toBe(`ready\n${words}over`);
});

test('an ending that a killed worker could not tell is told by its next start', async () => {
  const killed = await startWorkerProcess();
  const marker = join(workDir, 'may-end');
  const { run } = await plantRun(bench.database, {
    script: `echo ready; while [ ! -e ${marker} ]; do sleep 0.05; done; echo last; exit 5`,
  });
  const handle = await start(run);
  await until(async () => (await outputOf(run)).includes('ready'));
  await bench.goAway();
  writeFileSync(marker, '');
  await until(() => existsSync(join(workDir, '.spool', `${run}-1`, 'ending.json')));
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await bench.comeBack();
  await startWorkerProcess();
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 5 } });
  expect(await outputOf(run)).toBe('ready\nlast\n');
  expect(await bench.database`select n from attempt where run = ${run}`).toHaveLength(1);
});

test('while Temporal confirms an attempt, the absence of the control plane ends nothing', async () => {
  await startWorkerProcess();
  const seconds = (1.5 * bench.times.leaseMs) / 1000;
  const { run } = await plantRun(bench.database, { script: `echo ready; sleep ${seconds}; exit 4` });
  const handle = await start(run);
  await until(async () => (await outputOf(run)).includes('ready'));
  await bench.goAway();
  await until(() => existsSync(join(workDir, '.spool', `${run}-1`, 'ending.json')));
  await bench.comeBack();
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 4 } });
});

test('SIGTERM drains a worker: what runs may end, and its verdict counts', async () => {
  const worker = await startWorkerProcess();
  const marker = join(workDir, 'drain-may-end');
  const { run } = await plantRun(bench.database, {
    script: `echo ready; while [ ! -e ${marker} ]; do sleep 0.05; done; exit 3`,
  });
  const handle = await start(run);
  await until(async () => (await outputOf(run)).includes('ready'));
  worker.kill('SIGTERM');
  await until(
    async () => (await bench.database`select from worker_instance where draining and gone_at is null`).length > 0,
  );
  writeFileSync(marker, '');
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 3 } });
  if (worker.exitCode === null) await once(worker, 'exit');
  expect(worker.exitCode).toBe(0);
  expect(await bench.database`select from worker_instance where draining and gone_at is null`).toHaveLength(0);
});

test('a second SIGTERM ends what runs and gives it up at once', async () => {
  const worker = await startWorkerProcess();
  const { run } = await plantRun(bench.database, {
    script: 'if [ "$HERA_ATTEMPT" = 1 ]; then echo "pid=$$"; exec sleep 60; fi',
  });
  const handle = await start(run);
  const output = await until(async () => {
    const text = await outputOf(run);
    return text.includes('pid=') && text;
  });
  worker.kill('SIGTERM');
  worker.kill('SIGINT');
  await once(worker, 'exit');
  expect(pidsIn(output).filter((pid) => identify(pid))).toEqual([]);
  expect(await bench.database`select state from attempt where run = ${run}`).toEqual([{ state: 'lost' }]);
  await startWorkerProcess();
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 0 } });
});

test('a worker that hangs loses its processes to the keeper, and gives them up when it goes on', async () => {
  const worker = await startWorkerProcess();
  const { run } = await plantRun(bench.database, {
    script: 'if [ "$HERA_ATTEMPT" = 1 ]; then echo "pid=$$"; exec sleep 60; fi',
  });
  const handle = await start(run);
  const output = await until(async () => {
    const text = await outputOf(run);
    return text.includes('pid=') && text;
  });
  worker.kill('SIGSTOP');
  await until(() => pidsIn(output).every((pid) => identify(pid) === undefined));
  worker.kill('SIGCONT');
  expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 0 } });
  const attempts = await bench.database`select state from attempt where run = ${run} order by n`;
  expect(attempts).toEqual([{ state: 'lost' }, { state: 'ended' }]);
});

test('a worker that is cut off ends what runs only when nobody has confirmed it for the length of a lease', async () => {
  const api = await openWay([Number(new URL(bench.url()).port)]);
  const core = await openWay([Number(temporal.address.split(':')[1])]);
  const ways = { url: `http://127.0.0.1:${api.port}`, temporalAddress: `127.0.0.1:${core.port}` };
  await startWorkerProcess(workDir, ways);
  const { leaseMs } = bench.times;
  const { run } = await plantRun(bench.database, {
    script: `echo "pid=$$"; if [ "$HERA_ATTEMPT" = 1 ]; then exec sleep 60; fi; exit 6`,
  });
  const handle = await start(run);
  const pids = pidsIn(await until(async () => (await outputOf(run)).includes('pid=') && outputOf(run)));
  const live = () => pids.filter((pid) => identify(pid) !== undefined);
  try {
    for (const way of [api, core]) way.cut();
    await delay(leaseMs / 2);
    for (const way of [api, core]) way.mend();
    await confirmedAnew(run);
    // Temporal alone, for longer than a lease: the control plane confirms it.
    core.cut();
    await delay(1.5 * leaseMs);
    expect(live()).toEqual(pids);
    core.mend();
    expect(await bench.database`select state from attempt where run = ${run}`).toEqual([{ state: 'live' }]);
    for (const way of [api, core]) way.cut();
    await until(() => live().length === 0);
    for (const way of [api, core]) way.mend();
    expect(await handle.result()).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 6 } });
    const attempts = await bench.database`select state from attempt where run = ${run} order by n`;
    expect(attempts).toEqual([{ state: 'lost' }, { state: 'ended' }]);
  } finally {
    for (const way of [api, core]) way.close();
  }
});

/** The control plane has heard of the attempt's holder once more. */
async function confirmedAnew(run: string): Promise<void> {
  const renewed = async () =>
    (await bench.database<{ at: Date }[]>`select renewed_at as at from attempt where run = ${run}`)[0]!.at.getTime();
  const before = await renewed();
  await until(async () => (await renewed()) > before);
}

test('a host that slept while its turn was given away ends its processes as soon as it wakes, and its ending counts no more', async () => {
  const worker = await startWorkerProcess();
  const { run } = await plantRun(bench.database, {
    script: `trap 'exit 0' TERM; echo "pid=$$"; while :; do sleep 0.1; done`,
  });
  await start(run);
  const pids = pidsIn(await until(async () => (await outputOf(run)).includes('pid=') && outputOf(run)));
  // All of the host stands still at once, as when its lid is closed: the worker, what belongs to it, and what it runs.
  const host = [...pids, ...childrenOf(worker.pid!), worker.pid!];
  for (const pid of host) process.kill(pid, 'SIGSTOP');
  const other = await bench.client();
  await until(async () => (await other.begin(run, 1)).kind === 'granted');
  const woken = performance.now();
  for (const pid of host) process.kill(pid, 'SIGCONT');
  await until(() => pids.every((pid) => identify(pid) === undefined));
  expect(performance.now() - woken).toBeLessThan(5_000);
  expect(await other.end({ run, n: 2 }, { kind: 'exited', code: 7 }, 0)).toEqual({ accepted: true });
  const attempts = await until(async () => {
    const rows = await bench.database`select state, outcome, ending from attempt where run = ${run} order by n`;
    return rows[0]!.ending !== null && rows;
  });
  expect(attempts).toMatchObject([
    { state: 'lost', outcome: null },
    { state: 'ended', outcome: 'failed', ending: { code: 7 } },
  ]);
});

test('a keeper that is killed is replaced, and knows what runs', async () => {
  const worker = await startWorkerProcess();
  const { run } = await plantRun(bench.database, {
    script: 'if [ "$HERA_ATTEMPT" = 1 ]; then echo "pid=$$"; exec sleep 60; fi',
  });
  const handle = await start(run);
  const output = await until(async () => {
    const text = await outputOf(run);
    return text.includes('pid=') && text;
  });
  const first = keeperOf(worker);
  process.kill(first!, 'SIGKILL');
  const second = await until(() => {
    const now = keeperOf(worker);
    return now !== first && now;
  });
  expect(second).toBeDefined();
  await until(() => readFileSync(`/proc/${second}/status`, 'utf8').includes('S (sleeping)'));
  // The new keeper must have been told, with a pulse at the latest: nobody else ends the process when the worker is killed. What goes
  // through its pipe cannot be seen from here, so several pulses are let pass.
  await new Promise((resolve) => setTimeout(resolve, 4 * bench.times.pulseMs));
  worker.kill('SIGKILL');
  await until(() => pidsIn(output).every((pid) => identify(pid) === undefined));
  await startWorkerProcess();
  expect(await handle.result()).toMatchObject({ ending: { kind: 'exited', code: 0 } });
});

/** The keeper among a worker's children. */
const keeperOf = (worker: ChildProcess): number | undefined =>
  childrenOf(worker.pid!).find((pid) => commandOf(pid).includes('keeper-process'));

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('a second worker may not have the directory of a living one', async () => {
  await startWorkerProcess();
  await expect(startWorkerProcess()).rejects.toThrow(/ended with 1/);
  expect(readdirSync(workDir)).toContain('.spool');
});
