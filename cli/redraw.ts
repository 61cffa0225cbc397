import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import { FAILURES, Failure } from '../runtime/errors.js';
import { untilAsked } from './signals.js';
import type { Terminal } from './terminal.js';

// A list that is looked at again and again, until Ctrl-C: on a terminal in its place, elsewhere one after the other.

const HOME = Buffer.from('\u001b[H\u001b[J');
const SECONDS = 2;

export type Watched = Readonly<{ watch?: number | true }>;

export const watchOption = (): Option =>
  new Option(`--watch [seconds]`, `look again every so many seconds (${SECONDS}), until Ctrl-C`).argParser((text) => {
    const seconds = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.2 && seconds <= 3600) return seconds;
    throw new InvalidArgumentError('seconds from 0.2 to 3600');
  });

/**
 * Shows once, or, with --watch, again and again until the process is asked to end; the exit code is that of the last time. `show` prints to the
 * terminal it is given. Each time is one page: what was there is wiped only when the new one is whole, so that nothing flickers.
 */
export async function shown(
  terminal: Terminal,
  watch: Watched['watch'] | undefined,
  show: (terminal: Terminal) => Promise<number>,
): Promise<number> {
  if (watch === undefined) return show(terminal);
  const ended = untilAsked().then(() => 'ended' as const);
  for (;;) {
    const lines: string[] = [];
    const code = await show({ ...terminal, print: (...all) => void lines.push(...all) }).catch(patient(lines));
    if (terminal.isScreen && !terminal.isJson) terminal.write(HOME);
    terminal.print(...lines);
    const waited = await Promise.race([ended, delay((watch === true ? SECONDS : watch) * 1000, 'again' as const)]);
    if (waited === 'ended') return code;
  }
}

/** A server that is away for a moment ends no watch. */
const patient =
  (lines: string[]) =>
  (error: unknown): number => {
    if (!(error instanceof Failure) || error.code !== 'unavailable') throw error;
    lines.push(error.message);
    return FAILURES.unavailable.exit;
  };
