import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logLength, logTail, readLog } from '../../../runtime/store/log.js';
import { identify } from '../../../runtime/worker/processes.js';
import { plantRun } from '../../support/estate.js';
import { type Bench, delivery, openBench, until } from './bench.js';

// A worker without Temporal: real processes, the real control plane over HTTP, real rows.

let bench: Bench;
let machine: Awaited<ReturnType<Bench['machine']>>;
beforeAll(async () => {
  bench = await openBench(0.1);
  process.env.PLANTED_SECRET = 'of-the-worker';
  machine = await bench.machine({ env: { FROM_THE_WORKER: 'yes', PATH: process.env.PATH ?? '' } });
});
afterAll(() => bench.close());

type Planting = Parameters<typeof plantRun>[1];

const plant = (planting: Planting) => plantRun(bench.database, planting);

async function execute(planting: Planting) {
  const { run } = await plant(planting);
  const result = await machine.execute({ run, turn: 1 }, delivery());
  return { run, result, output: await outputOf(run) };
}

async function outputOf(run: string, n = 1): Promise<Buffer> {
  return (await logTail(bench.database, run, n, 1 << 22))?.bytes ?? Buffer.alloc(0);
}

const attemptOf = async (run: string, n = 1) =>
  (await bench.database`select * from attempt where run = ${run} and n = ${n}`)[0];

/** Runs a script until its output says something, and then looks on. */
async function underWay(planting: Planting, word: string) {
  const { run } = await plant(planting);
  const delivered = delivery();
  const result = machine.execute({ run, turn: 1 }, delivered);
  result.catch(() => {});
  const output = await until(async () => {
    const text = (await outputOf(run)).toString();
    return text.includes(word) && text;
  });
  return { run, delivered, result, output };
}

async function cancel(run: string): Promise<void> {
  await bench.database`update turn set cancel_requested_at = now() where run = ${run}`;
  await bench.database`select pg_notify('hera_orders', '')`;
}

const pidsIn = (output: string): readonly number[] =>
  [...output.matchAll(/pid=(\d+)/g)].map((match) => Number(match[1]));
const livingOf = (pids: readonly number[]): readonly number[] => pids.filter((pid) => identify(pid) !== undefined);

test('the exit code of a script is the ending of its attempt', async () => {
  expect((await execute({ script: 'exit 0' })).result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 0 } });
  const { run, result } = await execute({ script: 'echo no >&2; exit 42' });
  expect(result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 42 } });
  expect(await attemptOf(run)).toMatchObject({
    state: 'ended',
    outcome: 'failed',
    ending: { kind: 'exited', code: 42 },
  });
});

test('a process that somebody kills ends with that signal', async () => {
  const { result } = await execute({ script: 'kill -SEGV $$' });
  expect(result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGSEGV', by: 'stranger' } });
});

test('output and error arrive in the order in which they were written, closed at their length', async () => {
  const script = 'for i in $(seq 1 300); do echo "out $i"; echo "err $i" >&2; done';
  const { run, output } = await execute({ script });
  const expected = Array.from({ length: 300 }, (_, i) => `out ${i + 1}\nerr ${i + 1}\n`).join('');
  expect(output.toString()).toBe(expected);
  expect(await logLength(bench.database, run, 1)).toMatchObject({ bytes: expected.length, sealed: true });
});

test('five megabytes of bytes of every value in one burst arrive unchanged', async () => {
  const burst = randomBytes(5 * 1024 * 1024);
  const file = join(machine.workDir, 'burst');
  writeFileSync(file, burst);
  const { run } = await execute({ script: `cat ${file}` });
  const [first, rest] = [
    await readLog(bench.database, run, 1, 0, 1 << 22),
    await readLog(bench.database, run, 1, 1 << 22, burst.length),
  ];
  expect(sha256(Buffer.concat([first!, rest!]))).toBe(sha256(burst));
});

test('a line is in the control plane while its script runs on', async () => {
  const { run, result } = await underWay({ script: 'echo there; exec sleep 300' }, 'there');
  await cancel(run);
  await result;
});

test('python runs unbuffered with its arguments, and finds its files beside it', async () => {
  const { output, result } = await execute({
    engine: 'python',
    script: 'import sys, helper\r\nprint(sys.argv[1:], helper.WORD)\r\n',
    args: ['one', '$HOME two'],
    files: { 'helper.py': 'WORD = "helped"\n' },
  });
  expect(result).toMatchObject({ ending: { code: 0 } });
  expect(output.toString()).toBe("['one', '$HOME two'] helped\n");
});

test('a script with Windows line endings runs', async () => {
  const { output } = await execute({ script: 'if true\r\nthen\r\n  echo fine\r\nfi\r\n' });
  expect(output.toString()).toBe('fine\n');
});

test("the environment holds what was given and nothing of the worker's own", async () => {
  const { output, run } = await execute({ script: 'env | cut -d= -f1 | sort', env: { OF_THE_JOB: '1' } });
  const names = output
    .toString()
    .trim()
    .split('\n')
    .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name));
  expect(names).toEqual([
    'FROM_THE_WORKER',
    'HERA_ATTEMPT',
    'HERA_BIZDATE',
    'HERA_COMMIT',
    'HERA_JOB_ID',
    'HERA_PERIOD',
    'HERA_RUN_ID',
    'HERA_WORKER',
    'HOME',
    'LANG',
    'OF_THE_JOB',
    'PATH',
    'TMPDIR',
  ]);
  expect(output.toString()).not.toContain('PLANTED_SECRET');
  expect(run).toBeTruthy();
});

test('a machine without the interpreter refuses, and says what to do', async () => {
  const bare = await bench.machine({ env: { PATH: '/nowhere' } });
  const { run } = await plant({ engine: 'python', script: 'print(1)' });
  expect(await bare.execute({ run, turn: 1 }, delivery())).toMatchObject({
    ending: { kind: 'refused', reason: expect.stringMatching(/no python3 .* install python3/) },
  });
});

test('a script that reads its input meets its end', async () => {
  const { output } = await execute({ script: 'read -r line || echo "no input"' });
  expect(output.toString()).toBe('no input\n');
});

test('a cancelled run leaves no process of its group, nor one that left it', async () => {
  const script = `
    trap 'echo trapped' TERM
    (trap '' TERM; echo "pid=$BASHPID"; while :; do sleep 0.1; done) &
    setsid bash -c 'trap "" TERM; echo "pid=$$"; while :; do sleep 0.1; done' &
    echo "pid=$$"; sleep 0.3; echo ready
    while :; do sleep 0.1; done`;
  const { run, result, output } = await underWay({ script, graceMs: 300 }, 'ready');
  const pids = pidsIn(output);
  expect(livingOf(pids)).toHaveLength(3);
  await cancel(run);
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGKILL', by: 'cancel' } });
  expect(livingOf(pids)).toEqual([]);
  expect((await outputOf(run)).toString()).toContain('trapped');
});

test('a kill order reaches a process, which may end in its own way', async () => {
  const { run, result } = await underWay(
    { script: "trap 'echo cleaned; exit 9' TERM; echo ready; while :; do sleep 0.05; done" },
    'ready',
  );
  await cancel(run);
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGTERM', by: 'cancel' } });
  expect((await outputOf(run)).toString()).toContain('cleaned');
});

test("Temporal's cancel ends the process too", async () => {
  const { delivered, result } = await underWay({ script: 'echo ready; exec sleep 60' }, 'ready');
  delivered.cancel();
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGTERM', by: 'cancel' } });
});

test('a process that takes too long is ended: TERM, the grace, KILL', async () => {
  const polite = await execute({ script: 'exec sleep 60', timeoutMs: 300 });
  expect(polite.result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGTERM', by: 'timeout' } });
  const deaf = await execute({ script: "trap '' TERM; while :; do sleep 0.1; done", timeoutMs: 300, graceMs: 200 });
  expect(deaf.result).toEqual({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGKILL', by: 'timeout' } });
  expect(await attemptOf(deaf.run)).toMatchObject({ outcome: 'timed_out' });
});

test('what a script leaves in the background ends with it, and its own exit code stays', async () => {
  const { result, output } = await execute({ script: 'sleep 60 & echo "pid=$!"; exit 5' });
  expect(result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 5 } });
  expect(livingOf(pidsIn(output.toString()))).toEqual([]);
});

test('two deliveries of a turn to one worker share one process', async () => {
  const { run } = await plant({ script: 'echo once; sleep 0.3' });
  const both = await Promise.all([1, 2].map(() => machine.execute({ run, turn: 1 }, delivery())));
  expect(both).toEqual([both[0], { kind: 'ended', ending: { kind: 'exited', code: 0 } }]);
  expect((await outputOf(run)).toString()).toBe('once\n');
});

test('a job that ends while the control plane is away is reported when it is back', async () => {
  const marker = join(machine.workDir, `marker-${randomBytes(4).toString('hex')}`);
  const { run, result } = await underWay(
    { script: `echo ready; while [ ! -e ${marker} ]; do sleep 0.05; done; echo last; exit 6` },
    'ready',
  );
  await bench.goAway();
  writeFileSync(marker, '');
  const spooled = join(machine.workDir, '.spool', `${run}-1`, 'ending.json');
  await until(() => existsSync(spooled));
  expect(JSON.parse(readFileSync(spooled, 'utf8'))).toEqual({ kind: 'exited', code: 6 });
  expect((await attemptOf(run))?.state).toBe('live');
  await bench.comeBack();
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 6 } });
  expect((await outputOf(run)).toString()).toBe('ready\nlast\n');
});

test('a worker that nobody confirms for the length of a lease ends its processes and gives the attempt up', async () => {
  const { run, result, output } = await underWay({ script: 'echo "pid=$$"; echo ready; exec sleep 60' }, 'ready');
  const pids = pidsIn(output);
  await bench.goAway();
  await until(() => livingOf(pids).length === 0);
  const endedAt = Date.now();
  const [last] = await bench.database<
    { renewed: Date }[]
  >`select renewed_at as renewed from attempt where run = ${run}`;
  // From the last confirmation that the control plane gave, not from when it left: on a busy machine these lie apart.
  expect(endedAt - last!.renewed.getTime()).toBeGreaterThan(bench.times.leaseMs * 0.7);
  await bench.comeBack();
  await expect(result).rejects.toMatchObject({ name: 'TurnLost' });
  expect(await attemptOf(run)).toMatchObject({ state: 'lost', outcome: null });
  // The turn goes on with another attempt, and spends no retry.
  const again = delivery();
  const next = machine.execute({ run, turn: 1 }, again);
  await until(async () => (await outputOf(run, 2)).includes('ready'));
  again.cancel();
  expect(await next).toMatchObject({ kind: 'ended' });
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('two attempts of one number, after a database was set back and gave it anew, are two: each has its process, output and ending', async () => {
  const gate = join(machine.workDir, `gate-${randomBytes(4).toString('hex')}`);
  const waiting = (word: string, code: number): string =>
    `echo ${word}; echo "pid=$$"; while [ ! -e ${gate} ]; do sleep 0.05; done; echo ${word} ends; exit ${code}`;
  const former = await plant({ script: waiting('former', 3) });
  const later = await plant({ script: waiting('later', 4) });
  const whose = (planted: typeof former) => ({ ...delivery(), workflow: planted.workflowId });
  const first = machine.execute({ run: former.run, turn: 1 }, whose(former));
  await until(async () => (await outputOf(former.run)).includes('pid='));
  // What the database has now: the begin is forgotten, and the number of each run is the other one's.
  await bench.database.begin(async (tx) => {
    await tx`delete from attempt where run = ${former.run}`;
    await tx`delete from log_chunk where run = ${former.run}`;
    await tx`update run set workflow_id = 'aside', period = period - interval '1 day', state = 'queued' where id = ${former.run}`;
    await tx`
      update run set workflow_id = ${former.workflowId}, job = (select job from run where id = ${former.run})
      where id = ${later.run}`;
    await tx`
      update run set workflow_id = ${later.workflowId}, job = (select id from job where path = ${later.job})
      where id = ${former.run}`;
    await tx`
      update turn set definition = (select definition from turn other where other.run in (${former.run}, ${later.run}) and other.run <> turn.run)
      where run in (${former.run}, ${later.run})`;
  });
  const second = machine.execute({ run: former.run, turn: 1 }, whose(later));
  await until(async () => (await outputOf(former.run)).includes('later') && (await attemptOf(later.run)) !== undefined);
  writeFileSync(gate, '');
  expect(await Promise.all([first, second])).toEqual([
    { kind: 'ended', ending: { kind: 'exited', code: 3 } },
    { kind: 'ended', ending: { kind: 'exited', code: 4 } },
  ]);
  expect((await outputOf(later.run)).toString()).toMatch(/^former\npid=\d+\nformer ends\n$/);
  expect((await outputOf(former.run)).toString()).toMatch(/^later\npid=\d+\nlater ends\n$/);
});

test('a turn that the database does not know yet is asked for again, and begins when it is known', async () => {
  const planted = await plant({ script: 'exit 5' });
  await bench.database`update turn set definition = null, deployment = null where run = ${planted.run}`;
  const [hash] = await bench.database`select hash, until from job_definition where path = ${planted.job}`;
  const result = machine.execute({ run: planted.run, turn: 1 }, { ...delivery(), workflow: planted.workflowId });
  await until(() => bench.answered('/begin', 404));
  await bench.database`
    update turn set definition = ${hash!.hash}, deployment = ${planted.deployment} where run = ${planted.run}`;
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 5 } });
  // Without a workflow that could only ask for what was admitted, there is nothing to wait for.
  await expect(machine.execute({ run: '999999999', turn: 1 }, delivery())).rejects.toThrow('no admitted turn');
});
