import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type { Feed } from './feed.js';
import { preludeScript } from './prelude.js';
import type { SandboxAnswer, SandboxStart } from './sandbox-child.js';
import { HELPERS } from './translate.js';

export type Limits = Readonly<{
  /** A file's evaluation, in processor time, looked at by QuickJS. */
  fileMs: number;
  /** The same by the parent's clock, for native calls that QuickJS cannot interrupt: no answer for so long, and the child is killed. */
  silenceMs: number;
  /** All files of a commit together. */
  totalMs: number;
  memoryBytes: number;
  stackBytes: number;
  outputChars: number;
}>;

export const LIMITS: Limits = {
  fileMs: 1_000,
  silenceMs: 10_000,
  totalMs: 60_000,
  memoryBytes: 64 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputChars: 1_000_000,
};

const START_MS = 30_000;

export type Outcome = Omit<SandboxAnswer, 'id' | 'fault'> & Readonly<{ fault?: SandboxAnswer['fault'] | 'budget' }>;
type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Evaluates scripts in a child process and answers one outcome for each, in order. A child that falls silent or dies is replaced: it answers in
 * order and at once, so the first file without an answer is the guilty one (no halving of batches is needed to find it), and the rest go on.
 */
export async function evaluateAll(feed: Feed, limits: Limits = LIMITS): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const prelude = preludeScript(await shipped('../define/index', 'cjs'), HELPERS, limits.outputChars);
  const until = Date.now() + limits.totalMs;
  while (!feed.ended || outcomes.length < feed.files.length) {
    if (Date.now() <= until) await runChild(feed, outcomes, { ...limits, prelude }, until);
    else if (feed.ended) outcomes.push({ fault: 'budget' });
    else await feed.whole;
  }
  return outcomes;
}

/** One child's life: it ends with all files answered, or with one more outcome, the guilty file's. */
async function runChild(
  feed: Feed,
  outcomes: Outcome[],
  limits: Limits & Readonly<{ prelude: string }>,
  until: number,
): Promise<void> {
  const child = await startChild();
  const watch = watchdog(child);
  const stderr: string[] = [];
  child.stderr.on('data', (text) => stderr.push(String(text)));
  // Writing to a child that was killed fails; the lines that arrived tell the story.
  child.stdin.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const { prelude, fileMs, memoryBytes, stackBytes, silenceMs } = limits;
  child.stdin.write(`${JSON.stringify({ prelude, fileMs, memoryBytes, stackBytes } satisfies SandboxStart)}\n`);
  watch.expect(START_MS);
  let [ready, stopped] = [false, false];
  let sent = outcomes.length;
  // A child that has answered everything it was sent is idle, not silent.
  const watchNext = (): void => (outcomes.length < sent ? watch.expect(silenceMs) : watch.rest());
  const send = async (): Promise<void> => {
    for await (const message of feed.read(() => stopped)) {
      if ('id' in message && message.id < sent) continue;
      if ('id' in message) sent = message.id + 1;
      child.stdin.write(`${JSON.stringify(message)}\n`);
      if (outcomes.length === sent - 1) watchNext();
    }
    if (outcomes.length === feed.files.length) child.stdin.end();
  };
  let sending = Promise.resolve();
  for await (const line of createInterface({ input: child.stdout })) {
    if (ready) outcomes.push(outcomeOf(line));
    else {
      ready = true;
      sending = send();
    }
    watchNext();
    if ((feed.ended && outcomes.length === feed.files.length) || Date.now() > until) break;
  }
  stopped = true;
  feed.wake();
  watch.rest();
  child.kill('SIGKILL');
  await Promise.all([closed, sending]);
  if (!ready) throw new Error(`the sandbox did not start: ${stderr.join('').slice(0, 2000)}`);
  if (outcomes.length < sent && Date.now() <= until) outcomes.push({ fault: watch.barked() ? 'deadline' : 'other' });
}

function outcomeOf(line: string): Outcome {
  const { id: _, ...outcome } = JSON.parse(line) as SandboxAnswer;
  return outcome;
}

/** Kills the child after a silence. A timer that is late because this process was busy first lets the answers in that wait in the pipe. */
function watchdog(child: Child) {
  let barked = false;
  let timer: NodeJS.Timeout | undefined;
  let generation = 0;
  const rest = (): void => {
    generation++;
    clearTimeout(timer);
  };
  return {
    /** Something must come within so many milliseconds. */
    expect(ms: number): void {
      rest();
      const mine = generation;
      timer = setTimeout(() => {
        timer = setTimeout(() => {
          if (mine !== generation) return;
          barked = true;
          child.kill('SIGKILL');
        }, 50);
      }, ms);
    },
    rest,
    barked: () => barked,
  };
}

/** Built, the child is a file beside this one; run from TypeScript, the same source, its types taken out. */
async function startChild(): Promise<Child> {
  const script = isTypeScript
    ? ['--input-type=module', '-e', await shipped('./sandbox-child', 'esm')]
    : [pathOf('./sandbox-child.js')];
  return spawn(process.execPath, ['--max-old-space-size=512', ...script], {
    cwd: pathOf('.'),
    // Next's types want a NODE_ENV in every environment; this one must stay empty.
    env: {} as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

const isTypeScript = import.meta.url.endsWith('.ts');
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const made = new Map<string, Promise<string>>();

/** A module that is shipped beside this one, as script. */
function shipped(file: string, format: 'cjs' | 'esm'): Promise<string> {
  const known = made.get(file);
  if (known) return known;
  const text = readFileSync(pathOf(isTypeScript ? `${file}.ts` : `${file}.js`), 'utf8');
  const code = transform(text, { loader: isTypeScript ? 'ts' : 'js', format, target: 'es2022' }).then((result) =>
    result.code.replace(/\/\/# sourceMappingURL=.*/g, ''),
  );
  made.set(file, code);
  return code;
}
