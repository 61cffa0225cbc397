import type { Feed } from './feed.js';
import { preludeScript } from './prelude.js';
import type { SandboxAnswer, SandboxStart } from './sandbox-child.js';
import { lineReader, standUp, startChild, watchdog } from './sandbox-process.js';
import { engineFile, sandboxProgram, shipped } from './sandbox-program.js';
import type { Standby, StandingChild } from './standby.js';
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
const STDERR_KEPT = 2_000;
const FAULTS: readonly unknown[] = ['deadline', 'memory', 'stack', 'other'];

/** `said`: what `json` holds. */
export type Outcome = Omit<SandboxAnswer, 'id' | 'fault'> &
  Readonly<{ fault?: SandboxAnswer['fault'] | 'budget'; said?: unknown }>;

export type EvaluateOptions = Readonly<{
  limits?: Limits;
  standby?: Standby | undefined;
  /** Told of each outcome as soon as it is known, in order. */
  answered?: (id: number, outcome: Outcome) => void;
}>;

/** The outcomes of a feed's files, in their order. */
class Outcomes {
  readonly list: Outcome[] = [];
  readonly #answered: NonNullable<EvaluateOptions['answered']>;

  constructor(answered: NonNullable<EvaluateOptions['answered']>) {
    this.#answered = answered;
  }

  get count(): number {
    return this.list.length;
  }

  add(outcome: Outcome): void {
    this.list.push(outcome);
    this.#answered(this.list.length - 1, outcome);
  }
}

/** How one child ended: it answered all it was asked, its time was up, or it died or fell silent over a file. */
type Ending = 'done' | 'late' | 'silent' | 'dead';

/**
 * Evaluates scripts in a child process and answers one outcome for each, in order. A child that falls silent or dies is replaced. The first
 * answers come many at a time, so its death convicts nobody: its successor answers one by one, and then the first file without an answer is the
 * guilty one (no halving of batches is needed to find it), and the rest go on.
 */
export async function evaluateAll(feed: Feed, options: EvaluateOptions = {}): Promise<readonly Outcome[]> {
  const { limits = LIMITS, standby, answered = () => undefined } = options;
  const outcomes = new Outcomes(answered);
  const prelude = preludeScript(await shipped('../define/index', 'cjs'), HELPERS, limits.outputChars);
  const wasm = engineFile();
  const first = startLine({ ...limits, prelude, wasm, together: true });
  let ready = standby?.take(first);
  const until = Date.now() + limits.totalMs;
  let together = true;
  while (!feed.failed && (!feed.ended || outcomes.count < feed.files.length)) {
    if (Date.now() <= until) {
      const ending = await runChild(feed, outcomes, { ...limits, prelude, wasm, together, ready }, until);
      ready = undefined;
      if (ending !== 'silent' && ending !== 'dead') continue;
      if (!together) outcomes.add({ fault: ending === 'silent' ? 'deadline' : 'other' });
      together = false;
    } else if (feed.ended) outcomes.add({ fault: 'budget' });
    else await feed.whole;
  }
  ready?.started.child.kill('SIGKILL');
  void standby?.prepare(first);
  return outcomes.list;
}

const startLine = ({ prelude, wasm, together, fileMs, memoryBytes, stackBytes }: SandboxStart): string =>
  `${JSON.stringify({ prelude, wasm, together, fileMs, memoryBytes, stackBytes } satisfies SandboxStart)}\n`;

/** One child's life; `ready`: one that waits for it, and was told how to start. What it answered is in `outcomes`. Throws when no child can be started. */
async function runChild(
  feed: Feed,
  outcomes: Outcomes,
  limits: Limits &
    Pick<SandboxStart, 'prelude' | 'wasm' | 'together'> &
    Readonly<{ ready?: StandingChild | undefined }>,
  until: number,
): Promise<Ending> {
  const { started, isUp } = limits.ready ?? (await startNew(startLine(limits)));
  const { child, gone } = started;
  const { silenceMs } = limits;
  let ending = 'dead' as Ending;
  const end = (why: Ending): void => {
    ending = why;
    child.kill('SIGKILL');
  };
  const watch = watchdog(() => end('silent'));
  const budget = setTimeout(() => end('late'), Math.max(0, until - Date.now()));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, STDERR_KEPT);
  });
  let ready = false;
  let sent = outcomes.count;
  const isFinished = (): boolean => feed.failed || (feed.ended && outcomes.count === feed.files.length);
  // A child that has answered everything it was sent is idle, not silent.
  const watchNext = (): void => (outcomes.count < sent ? watch.expect(silenceMs) : watch.rest());
  let [next, isFull] = [0, false];
  const send = (): void => {
    if (isFinished()) end('done');
    while (ready && !isFull && !child.killed) {
      const lines: string[] = [];
      const wasIdle = outcomes.count === sent;
      for (const message of feed.from(next)) {
        if (lines.length === MESSAGES_A_WRITE) break;
        next++;
        if ('id' in message && message.id < sent) continue;
        if ('id' in message) sent = message.id + 1;
        lines.push(`${JSON.stringify(message)}\n`);
      }
      if (lines.length === 0) return;
      isFull = !child.stdin.write(lines.join(''));
      if (wasIdle) watchNext();
    }
  };
  child.stdin.on('drain', () => {
    isFull = false;
    send();
  });
  const read = lineReader(mostCharsOf(limits), (line) => {
    if (child.killed) return;
    const outcome = parseAnswer(line, outcomes.count, sent);
    if (outcome) outcomes.add(outcome);
    else end('dead');
  });
  watch.expect(START_MS);
  ready = await isUp;
  watch.rest();
  child.stdout.on('data', (chunk: string) => {
    // What a killed child had still written belongs to files that its successor is asked again.
    if (child.killed) return;
    if (!read(chunk)) end('dead');
    watchNext();
    send();
  });
  child.stdout.resume();
  const unsubscribe = feed.onMore(send);
  send();
  await gone;
  unsubscribe();
  watch.rest();
  clearTimeout(budget);
  // One that waited may have died of old age: that says nothing of this machine.
  if (!ready && ending === 'dead' && limits.ready)
    return runChild(feed, outcomes, { ...limits, ready: undefined }, until);
  if (!ready && ending !== 'late' && ending !== 'done') throw new Error(`the sandbox did not start: ${stderr}`);
  return ending;
}

async function startNew(line: string): Promise<StandingChild> {
  const started = await startChild(await sandboxProgram());
  return { started, isUp: standUp(started, line) };
}

/** Few enough that the first answers come while the rest is still being translated. */
const MESSAGES_A_WRITE = 64;

/** An answer is JSON in JSON: each letter may be escaped twice. */
const mostCharsOf = ({ outputChars }: Limits): number => 12 * outputChars + 1_000_000;

/** The outcome in a child's line; null for a line that no child of ours writes: not JSON, or about another file than the next. */
function parseAnswer(line: string, expected: number, sent: number): Outcome | null {
  let answer: Record<keyof SandboxAnswer, unknown>;
  try {
    answer = JSON.parse(line) as typeof answer;
  } catch {
    return null;
  }
  if (typeof answer !== 'object' || answer === null || answer.id !== expected || expected >= sent) return null;
  if (typeof answer.json === 'string') return saidIn(answer.json);
  if (!FAULTS.includes(answer.fault)) return null;
  const fault = answer.fault as NonNullable<SandboxAnswer['fault']>;
  return { fault, ...(typeof answer.message === 'string' && { message: answer.message.slice(0, 1_000) }) };
}

function saidIn(json: string): Outcome | null {
  try {
    return { json, said: JSON.parse(json) as unknown };
  } catch {
    return null;
  }
}
