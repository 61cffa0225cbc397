// The keeper: a tiny process beside a worker, started before any job. It learns the groups of jobs over its standard input and ends them
// all when the worker is gone: at end of file (killed, even by -9), or after silence (hung, stopped).
// Lines: `+ run attempt worker pgid started`, `- run attempt worker`, `.` (a pulse), `q` (the worker ends in order). Arguments: silence and grace in milliseconds.
// Never here: anything that is not Node itself and `processes.ts`; it must start fast and outlive whatever breaks the worker.

import { createInterface } from 'node:readline';
import { endGroup, type Group } from './processes.js';

const [silenceMs = 30_000, graceMs = 10_000] = process.argv.slice(2).map(Number);
const groups = new Map<string, Group>();
let ending = false;
let silence = setTimeout(endAll, silenceMs);

// A Ctrl-C in the worker's terminal, or a signal to all processes of a service, must reach us last.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

createInterface({ input: process.stdin }).on('line', hear).on('close', endAll);
process.stdin.on('error', endAll);
process.stdout.on('error', () => {});
process.stdout.write('ready\n');

function hear(line: string): void {
  clearTimeout(silence);
  silence = setTimeout(endAll, silenceMs);
  const [word, run = '', attempt, worker = '', pgid, started = ''] = line.split(' ');
  const key = `${run} ${attempt} ${worker}`;
  if (word === '+') groups.set(key, { pgid: Number(pgid), run, attempt: Number(attempt), worker, started });
  else if (word === '-') groups.delete(key);
  else if (word === 'q') process.exit(0);
}

async function endAll(): Promise<void> {
  if (ending) return;
  ending = true;
  clearTimeout(silence);
  await Promise.all([...groups.values()].map((group) => endGroup(group, graceMs)));
  process.exit(0);
}
