// How much output Hera takes, and what that costs in memory, beside what the same disk does with a bare copy in the same run.
// `npm run bench:logs -- [--bytes 1000000000]`. A whole `hera up` in a directory of its own, every part a process as in life.
// 1 a job that prints a file at once: until it has ended (what the job feels), and until its log is whole in the database.
// 2 that log opened at its end, and downloaded whole.
// 3 lines as they are printed, a thousand each second: from the clock in the line to the follower who reads it.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Client, createClient } from '../runtime/api/client.js';

const { values } = parseArgs({ options: { bytes: { type: 'string', default: '1000000000' } } });
const BYTES = Number(values.bytes);
const HERA = fileURLToPath(new URL('../bin/hera', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const home = mkdtempSync(join(tmpdir(), 'hera-bench-logs-'));
const project = join(home, 'shop');
const file = join(home, 'printed');
const env = { ...process.env, HERA_CONFIG_DIR: join(home, 'config') };

const hera = (...args: string[]): string =>
  execFileSync(HERA, args, { cwd: project, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const JOBS: Readonly<Record<string, string>> = {
  'warm.yaml': 'run: { shell: "echo warm" }\n',
  'big.yaml': `run: { shell: "cat ${file}" }\n`,
  'lines.yaml': `run: { python: { script: "import time\\nfor s in range(20):\\n  for i in range(1000): print(int(time.time() * 1000), 'x' * 80)\\n  time.sleep(1)\\n" } }\n`,
};

function prepare(): void {
  execFileSync(HERA, ['init', 'shop'], { cwd: home, env, stdio: 'ignore' });
  for (const [name, text] of Object.entries(JOBS)) writeFileSync(join(project, name), text);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: project, stdio: 'ignore' });
  git('add', '-A');
  git('commit', '-m', 'bench');
  const line = `${'the quick brown fox 0123456789 '.repeat(3)}\n`;
  writeFileSync(file, Buffer.alloc(BYTES, line));
}

/** The processes of this bench, by what they are. */
function processes(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = readProc(pid, 'cmdline').replaceAll('\0', ' ');
    if (command.includes(`--work-dir ${project}`)) found.set('worker', Number(pid));
    else if (command.includes('launcher-process') && command.includes(project)) found.set('launcher', Number(pid));
    else if (/ up --no-pages/.test(command) && readProc(pid, 'environ').includes(home))
      found.set('server', Number(pid));
  }
  return found;
}

function readProc(pid: string | number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

const rss = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1] ?? 0) * 1024;

/** The most memory of each while `work` goes on. */
async function watchMemory<T>(work: Promise<T>): Promise<Readonly<{ result: T; most: ReadonlyMap<string, number> }>> {
  const most = new Map<string, number>();
  const known = processes();
  const look = (): void => {
    for (const [name, pid] of known) most.set(name, Math.max(most.get(name) ?? 0, rss(pid)));
  };
  const timer = setInterval(look, 100);
  const result = await work.finally(() => clearInterval(timer));
  return { result, most };
}

const printMemory = (most: ReadonlyMap<string, number>): string =>
  [...most].map(([name, bytes]) => `${name} ${mb(bytes)}`).join(', ');

/** A copy as a shell makes it, and the same through a pipe. */
function floors(): Readonly<{ copyMs: number; pipeMs: number }> {
  const time = (command: string): number => {
    const begun = performance.now();
    execFileSync('sh', ['-c', command], { cwd: home });
    return performance.now() - begun;
  };
  const copyMs = time('cat printed > copy');
  const pipeMs = time('cat printed | cat > copy');
  rmSync(join(home, 'copy'));
  return { copyMs, pipeMs };
}

async function printBig(client: Client): Promise<Readonly<{ run: string; jobMs: number; wholeMs: number }>> {
  const { run } = JSON.parse(hera('run', 'big', '--json')) as { run: string };
  let jobMs = 0;
  for (;;) {
    const [attempt] = (await client.run(run)).attempts;
    const begun = attempt && Date.parse(attempt.started);
    const printed = join(project, '.hera', 'work', '.spool', `${run}-1`, 'ending.json');
    if (begun && jobMs === 0 && readable(printed)) jobMs = Date.now() - begun;
    if (begun && attempt.state === 'ended')
      return { run, jobMs: jobMs || Date.now() - begun, wholeMs: Date.now() - begun };
    await delay(20);
  }
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

async function latencies(client: Client): Promise<readonly number[]> {
  const { run } = JSON.parse(hera('run', 'lines', '--json')) as { run: string };
  while ((await client.run(run)).attempts.length === 0) await delay(20);
  const found: number[] = [];
  let rest = '';
  for await (const piece of client.followLog(run, 1)) {
    const now = Date.now();
    const lines = (rest + Buffer.from(piece.bytes).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) found.push(now - Number(line.split(' ')[0]));
  }
  return found.sort((a, b) => a - b);
}

async function main(): Promise<void> {
  prepare();
  const { copyMs, pipeMs } = floors();
  say(
    `floor    ${mb(BYTES)}: cat to a file ${(copyMs / 1000).toFixed(2)} s, through a pipe ${(pipeMs / 1000).toFixed(2)} s`,
  );
  const up = spawn(HERA, ['up', '--no-pages', '--port', '0'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(up, 'exit');
  try {
    const client = await untilUp();
    hera('run', 'warm', '--wait');
    await delay(2_000);
    const idle = [...processes()].map(([name, pid]) => `${name} ${mb(rss(pid))}`).join(', ');
    say(`idle     ${idle}`);
    const { result: big, most } = await watchMemory(printBig(client));
    say(
      `hera     the job has printed after ${(big.jobMs / 1000).toFixed(2)} s (${(big.jobMs / pipeMs).toFixed(2)} × the pipe), the log is whole after ` +
        `${(big.wholeMs / 1000).toFixed(2)} s (${mb(BYTES / (big.wholeMs / 1000))}/s)`,
    );
    say(`memory   at most: ${printMemory(most)}`);
    const opened = performance.now();
    await client.log(big.run, 1, { tail: 256 * 1024 });
    say(`hera     opened at its end in ${(performance.now() - opened).toFixed(0)} ms`);
    const download = await watchMemory(downloadAll(big.run));
    say(
      `hera     downloaded in ${(download.result.ms / 1000).toFixed(2)} s, ${download.result.bytes === BYTES ? 'whole' : 'NOT whole'}; memory: ${printMemory(download.most)}`,
    );
    const lines = await latencies(client);
    const at = (p: number): number => lines[Math.floor((lines.length - 1) * p)] ?? Number.NaN;
    say(
      `hera     ${lines.length} lines, printed → read by a follower: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, last ${at(1)} ms`,
    );
  } finally {
    up.kill('SIGINT');
    await ended;
    rmSync(home, { recursive: true, force: true });
  }
}

async function downloadAll(run: string): Promise<Readonly<{ ms: number; bytes: number }>> {
  const { url, token } = connection();
  const begun = performance.now();
  const response = await fetch(`${url}/api/v1/runs/${run}/attempts/1/log`, {
    headers: { authorization: `Bearer ${token}` },
  });
  let bytes = 0;
  for await (const part of response.body ?? []) bytes += (part as Uint8Array).length;
  return { ms: performance.now() - begun, bytes };
}

type Kept = Readonly<{ url: string; token: string }>;

const connection = (): Kept => {
  const { contexts } = JSON.parse(readFileSync(join(home, 'config', 'contexts.json'), 'utf8')) as {
    contexts: Record<string, Kept>;
  };
  return Object.values(contexts)[0]!;
};

async function untilUp(): Promise<Client> {
  for (;;) {
    try {
      const client = createClient(connection());
      JSON.parse(hera('jobs', 'warm', '--json'));
      return client;
    } catch {
      await delay(300);
    }
  }
}

await main();
