import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { invalid } from '../runtime/errors.js';
import type { Terminal } from './terminal.js';

/** A secret from a person: asked for without being shown on a terminal, else the first line of standard input. Never from a flag. */
export async function readSecret(terminal: Terminal, what: string): Promise<string> {
  const line = terminal.isInteractive ? await askHidden(terminal, what) : await firstLine();
  if (line !== '') return line;
  throw invalid(`no ${what} came on standard input`, { help: 'type it, or give it from a file: … < file' });
}

async function firstLine(): Promise<string> {
  const reader = createInterface({ input: process.stdin });
  for await (const line of reader) {
    reader.close();
    if (line.trim() !== '') return line.trim();
  }
  return '';
}

async function askHidden(terminal: Terminal, what: string): Promise<string> {
  terminal.say(`${what} (not shown):`);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return (await reader.question('')).trim();
  } finally {
    reader.close();
  }
}
