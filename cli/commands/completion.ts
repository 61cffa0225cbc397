import type { Command } from 'commander';
import { type Completion, complete, type Names, SCRIPTS, type Shell } from '../completion.js';
import { chooseConnection } from '../contexts.js';
import type { Terminal } from '../terminal.js';

/** Prints the script by which a shell completes `hera`. */
export async function completion(terminal: Terminal, shell: Shell): Promise<number> {
  terminal.json({ shell, script: SCRIPTS[shell] });
  if (!terminal.isJson) terminal.write(Buffer.from(SCRIPTS[shell]));
  return 0;
}

/** Prints what may stand at the cursor, one a line, an explanation behind a tab. `words`: all after `hera`, the unfinished one last. */
export async function completeWords(terminal: Terminal, program: Command, words: readonly string[]): Promise<number> {
  const found = await complete(program, words.slice(0, -1), words.at(-1) ?? '', namesOf(terminal));
  terminal.json(found);
  if (!terminal.isJson) terminal.write(Buffer.from(found.map(lineOf).join('')));
  return 0;
}

const lineOf = ({ word, about }: Completion): string =>
  /^[\x21-\x7e]+$/.test(word) ? `${word}${about === '' ? '' : `\t${about.replace(/\s+/g, ' ')}`}\n` : '';

// Somebody has pressed a key: a server that does not answer at once is not asked longer.
const PATIENCE_MS = 1500;
const MOST = 200;

const namesOf = (terminal: Terminal): Names => ({
  async jobs(beginning) {
    const connection = chooseConnection(terminal.env, terminal.cwd);
    if (connection === undefined) return [];
    const { createClient } = await import('../../runtime/api/client.js');
    const client = createClient({ ...connection, timeoutMs: PATIENCE_MS });
    const page = await client.jobs({ q: beginning, limit: MOST }).catch(() => undefined);
    return (page?.items ?? []).map(({ job }) => job).sort();
  },
});
