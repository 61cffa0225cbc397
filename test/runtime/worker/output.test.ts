import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { logLength, readLog } from '../../../runtime/store/log.js';
import { readTail } from '../../../runtime/store/log-tail.js';
import type { OutputLimits } from '../../../runtime/worker/output-limits.js';
import { identify } from '../../../runtime/worker/processes.js';
import type { ExecuteResult } from '../../../workflows/contract.js';
import { plantRun } from '../../support/estate.js';
import { type Bench, delivery, openBench, until } from './bench.js';

// What a job prints and what is stored of it, with real processes, a real control plane, and disks that are really full.

const MIB = 1024 * 1024;
const OK = { kind: 'ended', ending: { kind: 'exited', code: 0 } };

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(0.1);
});
afterEach(async () => {
  await bench.comeBack();
  await bench.stopMachines();
});
afterAll(() => bench.close());

type Executing = Readonly<{ run: string; workDir: string; result: Promise<ExecuteResult> }>;

async function execute(script: string, output: Partial<OutputLimits> = {}, workDir?: string): Promise<Executing> {
  const machine = await bench.machine({
    output,
    env: { PATH: process.env.PATH ?? '' },
    ...(workDir !== undefined && { workDir }),
  });
  const { run } = await plantRun(bench.database, { script, graceMs: 500 });
  const result = machine.execute({ run, turn: 1 }, delivery());
  result.catch(() => {});
  return { run, workDir: machine.workDir, result };
}

async function stored(run: string): Promise<Buffer> {
  const { bytes } = (await logLength(bench.database, run, 1))!;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes; at += parts.at(-1)!.length)
    parts.push((await readLog(bench.database, run, 1, at, bytes))!);
  return Buffer.concat(parts);
}

const isSealed = async (run: string): Promise<boolean> => (await logLength(bench.database, run, 1))?.sealed === true;

/** The server's half in a process that can be killed, where the bench's was. */
async function startProtocol(): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('./protocol-process.ts', import.meta.url));
  const port = new URL(bench.url()).port;
  const child = spawn(process.execPath, ['--import', 'tsx', entry, bench.databaseUrl, port, '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

/** Bytes of output on a worker's disk. */
function spooled(workDir: string, run: string): number {
  const folder = join(workDir, '.spool', `${run}-1`, 'output');
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Lines of 100 bytes that say their number: `seq` is as fast as a pipe. */
const numbered = (lines: number): string => `seq -f '%099.0f' 1 ${lines}`;

/** Head, mark and tail of a log that was cut once, and that nothing else is missing. */
function parts(log: Buffer, lines: number): Readonly<{ head: number; left: number; tail: number }> {
  const text = log.toString();
  const mark = /\n\[hera: (\d+) bytes are left out here, from byte (\d+) to byte (\d+) of the output: [^\n]*\]\n/.exec(
    text,
  );
  if (!mark) throw new Error(`there is no mark in ${text.length} bytes`);
  const [head, tail] = [text.slice(0, mark.index), text.slice(mark.index + mark[0].length)];
  const [left, from, to] = [Number(mark[1]), Number(mark[2]), Number(mark[3])];
  expect([head.length, to - from, to + tail.length]).toEqual([from, left, lines * 100]);
  const line = (n: number): string => `${String(n).padStart(99, '0')}\n`;
  for (const [text, first] of [
    [head, 0],
    [tail, to],
  ] as const)
    for (const at of [0, text.length - 200 - ((first + text.length) % 100)]) {
      const inLine = (100 - ((first + at) % 100)) % 100;
      expect(text.slice(at + inLine, at + inLine + 100)).toBe(line((first + at + inLine) / 100 + 1));
    }
  return { head: head.length, left, tail: tail.length };
}

test('a script that writes to /dev/stderr and /dev/stdout loses nothing it wrote before', async () => {
  const { run, result } = await execute(
    'echo one; echo two > /dev/stderr; echo three > /dev/stdout; echo four >&2; echo five | tee /dev/stderr',
  );
  expect(await result).toEqual(OK);
  expect((await stored(run)).toString()).toBe('one\ntwo\nthree\nfour\nfive\nfive\n');
});

test('lines HERA_OUTPUT near its end are what a run tells; what is too much, or of a process that failed, is not kept', async () => {
  const told = async (script: string): Promise<unknown> => {
    const { ending } = (await (await execute(script)).result) as Extract<ExecuteResult, { kind: 'ended' }>;
    return ending;
  };
  expect(
    await told(
      'echo HERA_OUTPUT rows=1; seq 1 5000; echo "HERA_OUTPUT rows=a=b 中"; printf "HERA_OUTPUT day=x\\r\\n x HERA_OUTPUT no=1"',
    ),
  ).toEqual({ kind: 'exited', code: 0, outputs: { rows: 'a=b 中', day: 'x' } });
  expect(await told('echo HERA_OUTPUT rows=1; exit 3')).toEqual({ kind: 'exited', code: 3 });
  expect(await told('echo HERA_OUTPUT rows=1; seq -f %099.0f 1 700')).toEqual({ kind: 'exited', code: 0 });
  expect(await told('printf "HERA_OUTPUT rows=%05000d\\n" 1')).toEqual({
    ...{ kind: 'exited', code: 0, outputsRefused: 'outputs of 5004 bytes: at most 4096 are kept' },
  });
  expect(await told('echo HERA_OUTPUT a-b=1; echo HERA_OUTPUT rows=1')).toMatchObject({
    outputsRefused: '`a-b` is no key: letters, digits and `_`',
  });
});

test('letters cut by any chunk and bytes that are no text arrive as they were', async () => {
  const script = `python3 -u -c '
import os, sys
for letter in ("中文😀é" * 40).encode(): os.write(1, bytes([letter]))
os.write(1, bytes(range(256)) * 4)'`;
  const { run, result } = await execute(script);
  expect(await result).toEqual(OK);
  const expected = Buffer.concat([
    Buffer.from('中文😀é'.repeat(40)),
    Buffer.concat(Array.from({ length: 4 }, () => Buffer.from(Array.from({ length: 256 }, (_, i) => i)))),
  ]);
  expect((await stored(run)).equals(expected)).toBe(true);
});

test('a line of fifty megabytes is stored whole', async () => {
  const { run, result } = await execute('head -c 50000000 /dev/zero | tr "\\0" x; echo; echo after');
  expect(await result).toEqual(OK);
  const log = await stored(run);
  expect(log.length).toBe(50_000_007);
  expect(log.subarray(-8).toString()).toBe('x\nafter\n');
});

test('below the cap nothing is missing', async () => {
  const { run, result } = await execute(numbered(160_000), { attemptBytes: 16 * MIB, tailBytes: 4 * MIB });
  expect(await result).toEqual(OK);
  const log = await stored(run);
  expect(log.length).toBe(16_000_000);
  expect(log.includes('[hera:')).toBe(false);
});

test('beyond the cap head and tail are kept in whole lines, and a mark says how much is left out and where', async () => {
  const lines = 600_000;
  const { run, result } = await execute(numbered(lines), {
    attemptBytes: 16 * MIB,
    tailBytes: 4 * MIB,
  });
  expect(await result).toEqual(OK);
  const { head, tail } = parts(await stored(run), lines);
  expect([head % 100, tail % 100]).toEqual([0, 0]);
  expect(head).toBeGreaterThan(12 * MIB - 200);
  expect(tail).toBeGreaterThan(4 * MIB - 200);
  expect(head + tail).toBeLessThanOrEqual(16 * MIB);
});

test('beyond the cap the newest lines are shown as they come, while the job runs', async () => {
  const gate = join(mkdtempSync(join(tmpdir(), 'hera-gate-')), 'go');
  const lines = 300_000;
  const waits = `${numbered(lines)}; echo waits; until [ -e ${gate} ]; do sleep 0.05; done; echo goes on`;
  const { run, result } = await execute(waits, { attemptBytes: 16 * MIB, tailBytes: 4 * MIB });
  await until(async () => (await readTail(bench.database, run, 1))?.bytes.toString().endsWith('waits\n') === true);
  const { at, bytes } = (await readTail(bench.database, run, 1))!;
  expect(at + bytes.length).toBe(lines * 100 + 6);
  expect([at % 100, bytes.length]).toEqual([0, expect.closeTo(64 * 1024, -3)]);
  mkdirSync(gate);
  expect(await result).toEqual(OK);
  const log = (await stored(run)).toString('latin1');
  expect(log.endsWith(`${'0'.repeat(93)}300000\nwaits\ngoes on\n`)).toBe(true);
  rmSync(dirname(gate), { recursive: true });
});

test('while the control plane is away output waits on disk, and arrives whole and in order', async () => {
  const { run, result, workDir } = await execute(
    `echo begun; until [ -e go ]; do sleep 0.05; done; ${numbered(50_000)}`,
  );
  await until(async () => (await logLength(bench.database, run, 1))?.bytes === 6);
  await bench.goAway();
  execFileSync('touch', [join(workDir, 'shop', `${run}-1`, 'go')]);
  await until(() => spooled(workDir, run) === 5_000_006);
  await bench.comeBack();
  expect(await result).toEqual(OK);
  const log = (await stored(run)).toString().split('\n');
  expect(log.length).toBe(50_002);
  expect(Number(log.at(-2))).toBe(50_000);
});

test('a server that is killed in the middle of appends, again and again, loses nothing and doubles nothing', {
  timeout: 300_000,
}, async () => {
  // Unscaled: the server is away for as long as a start takes on a loaded machine, and the lease is not what this is about.
  const usual = bench;
  bench = await openBench(1);
  try {
    const { run, result, workDir } = await execute(
      `until [ -e go ]; do sleep 0.05; done; ${numbered(300_000)}; until [ -e end ]; do sleep 0.05; done`,
    );
    const directory = join(workDir, 'shop', `${run}-1`);
    await until(() => statSync(directory, { throwIfNoEntry: false }) !== undefined);
    execFileSync('touch', [join(directory, 'go')]);
    await bench.goAway();
    for (let i = 1; i <= 4; i += 1) {
      const server = await startProtocol();
      const ended = once(server, 'exit');
      await until(async () => ((await logLength(bench.database, run, 1))?.bytes ?? 0) >= i * 3 * MIB);
      server.kill('SIGKILL');
      await ended;
    }
    await bench.comeBack();
    execFileSync('touch', [join(directory, 'end')]);
    expect(await result).toEqual(OK);
    const log = (await stored(run)).toString();
    expect(log.length).toBe(30_000_000);
    expect(log.split('\n').every((line, i) => i === 300_000 || Number(line) === i + 1)).toBe(true);
  } finally {
    await bench.close();
    bench = usual;
  }
});

test('a spool that is over its quota keeps the begin and the end of what waits, and the job goes on', async () => {
  const lines = 800_000;
  const script = `until [ -e go ]; do sleep 0.05; done; ${numbered(lines)}; touch printed; until [ -e end ]; do sleep 0.05; done`;
  const { run, result, workDir } = await execute(script, { spoolBytes: 24 * MIB });
  const directory = join(workDir, 'shop', `${run}-1`);
  await until(() => statSync(directory, { throwIfNoEntry: false }) !== undefined);
  await until(
    async () => (await bench.database`select pid from attempt where run = ${run} and pid is not null`).length > 0,
  );
  await bench.goAway();
  execFileSync('touch', [join(directory, 'go')]);
  await until(() => statSync(join(directory, 'printed'), { throwIfNoEntry: false }) !== undefined);
  await until(() => spooled(workDir, run) <= 28 * MIB);
  await bench.comeBack();
  execFileSync('touch', [join(directory, 'end')]);
  expect(await result).toEqual(OK);
  const { head, tail } = parts(await stored(run), lines);
  expect(head).toBeGreaterThan(4 * MIB - 200);
  expect(tail).toBeGreaterThan(4 * MIB - 200);
});

test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'on a full disk the job ends as it would, its ending is told, and the log says what is missing',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'hera-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    try {
      const workDir = join(disk, 'worker');
      mkdirSync(workDir);
      const lines = 600_000;
      // Less may be free than the disk has: only what the disk itself refuses is staged.
      const { run, result } = await execute(`${numbered(lines)} && echo "printed all"`, { freeBytes: 0 }, workDir);
      expect(await result).toEqual(OK);
      expect(await isSealed(run)).toBe(true);
      const log = (await stored(run)).toString();
      const left = [...log.matchAll(/\n\[hera: (\d+) bytes are left out here[^\n]*\n/g)];
      expect(left.length).toBeGreaterThan(0);
      const marks = left.reduce((sum, mark) => sum + mark[0].length, 0);
      const missing = left.reduce((sum, mark) => sum + Number(mark[1]), 0);
      expect(log.length - marks + missing).toBe(lines * 100 + 12);
    } finally {
      await bench.stopMachines();
      execFileSync('umount', [disk]);
      rmSync(disk, { recursive: true });
    }
  },
);

test('a daemon that nobody can know holds neither the attempt nor its log open, and prints into the void', async () => {
  const script = `
    env -i setsid /bin/sh -c 'echo "pid=$$"; trap "" PIPE; while sleep 0.1; do echo late 2>/dev/null || exit 9; done' &
    until [ -e done ]; do sleep 0.1; touch done; done; echo last`;
  const { run, result } = await execute(script);
  expect(await result).toEqual(OK);
  expect(await isSealed(run)).toBe(true);
  const log = (await stored(run)).toString();
  expect(log).toContain('last\n');
  const pid = Number(/pid=(\d+)/.exec(log)?.[1]);
  // It ends at its first line that nobody reads.
  await until(() => identify(pid) === undefined);
  expect((await stored(run)).toString()).toBe(log);
});

test('a job that closes its output works on, and its exit code counts', async () => {
  const { run, result } = await execute('echo said; exec >&- 2>&-; sleep 0.3; exit 4');
  expect(await result).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 4 } });
  expect((await stored(run)).toString()).toBe('said\n');
});

test('two hundred processes that ignore TERM and print without end leave nothing behind, and their log is closed', async () => {
  const machine = await bench.machine({
    env: { PATH: process.env.PATH ?? '' },
    output: { attemptBytes: 8 * MIB, tailBytes: MIB },
  });
  const { run } = await plantRun(bench.database, {
    script: `trap '' TERM; echo "pid=$$"; for i in $(seq 200); do (while :; do echo "$i prints"; sleep 0.2; done) & done; wait`,
    graceMs: 300,
  });
  const asked = delivery();
  const result = machine.execute({ run, turn: 1 }, asked);
  await until(async () => (await readLog(bench.database, run, 1, 0, MIB))?.includes('\n200 prints'));
  asked.cancel();
  expect(await result).toMatchObject({ kind: 'ended', ending: { kind: 'killed', signal: 'SIGKILL', by: 'cancel' } });
  expect(await isSealed(run)).toBe(true);
  const leader = Number(/pid=(\d+)/.exec((await stored(run)).toString())?.[1]);
  expect(execFileSync('ps', ['-eo', 'pgid,stat']).toString()).not.toMatch(new RegExp(`^ *${leader} [^Z]`, 'm'));
});
