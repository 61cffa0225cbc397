import type { Client } from '../../runtime/api/client.js';
import { notFound } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import type { Output, Terminal } from '../terminal.js';
import { isOver, untilChanged } from '../watch.js';

export type LogsOptions = Readonly<{ follow?: boolean; attempt?: number; tail?: number; project?: string }>;

/** The head of the log is full, and the job goes on: what it prints is shown with gaps, until its end is stored. */
const BEYOND = (at: number): string =>
  `[hera: more is printed than the head of the log takes; its newest output, from byte ${at} on]\n`;

const PIECE_BYTES = 4 * 1024 * 1024;

/** Writes the output of a run's attempt, the last one's unless named; with -f as it grows, until the run ends. */
export async function logs(terminal: Terminal, name: string, options: LogsOptions): Promise<number> {
  const client = await connect(terminal);
  const { run, attempts, reasons, state } = await client.run(name, options.project);
  if (options.follow) {
    if (options.attempt === undefined) await followRun(terminal, client, run, attempts.at(-1)?.n ?? 1);
    else await followAttempt(terminal, client, run, options.attempt);
    return 0;
  }
  const n = options.attempt ?? attempts.at(-1)?.n;
  if (n === undefined)
    throw notFound(`run ${run} has no attempt yet: it is ${state}`, {
      help: reasons.length > 0 ? `hera run-info ${run} says why` : 'hera logs -f waits for it',
    });
  if (attempts.find((attempt) => attempt.n === n)?.logExpired)
    throw notFound(`the output of attempt ${n} of run ${run} has expired`, {
      help: 'output is kept for as long as the server was told (hera server --keep-logs)',
    });
  const output = terminal.openOutput();
  if (options.tail !== undefined) output.write((await client.log(run, n, { tail: options.tail })).bytes);
  else await writeWhole(output, client, run, n);
  output.end();
  return 0;
}

async function writeWhole(output: Output, client: Client, run: string, n: number): Promise<void> {
  for (let at = 0; ; ) {
    const part = await client.log(run, n, { from: at, to: at + PIECE_BYTES });
    output.write(part.bytes);
    at += part.bytes.length;
    if (part.bytes.length === 0 || at >= part.length) return;
  }
}

/** Writes the attempts of a turn as they come, and of the retries after it. What former turns wrote is not shown again. */
export async function followTurn(terminal: Terminal, client: Client, run: string, turn: number): Promise<void> {
  const { attempts } = await client.run(run);
  const first = attempts.find((attempt) => attempt.turn >= turn)?.n ?? (attempts.at(-1)?.n ?? 0) + 1;
  await followRun(terminal, client, run, first);
}

/** Writes one attempt after the other from the `first` on, as they come, until the run has ended. */
async function followRun(terminal: Terminal, client: Client, run: string, first: number): Promise<void> {
  for (let next = first; await followAttempt(terminal, client, run, next); next += 1);
}

/** Waits for an attempt and writes it as it grows; false when the run ended without it. */
async function followAttempt(terminal: Terminal, client: Client, run: string, n: number): Promise<boolean> {
  if (!(await untilAttempt(terminal, client, run, n))) return false;
  if (n > 1) terminal.say(`— attempt ${n} —`);
  const output = terminal.openOutput();
  let shownTo = -1;
  for await (const { at, bytes, isShown } of client.followLog(run, n)) {
    if (isShown && at !== shownTo) output.write(Buffer.from(BEYOND(at)));
    if (isShown) shownTo = at + bytes.length;
    output.write(bytes);
  }
  output.end();
  return true;
}

/** Waits for an attempt; false when the run ended without it. */
async function untilAttempt(terminal: Terminal, client: Client, run: string, n: number): Promise<boolean> {
  let said = '';
  for await (const seen of untilChanged(client, run)) {
    if (seen.attempts.some((attempt) => attempt.n === n)) return true;
    if (isOver(seen.state)) return false;
    if (seen.state !== said) terminal.say(`${seen.state} …`);
    said = seen.state;
  }
  return false;
}
