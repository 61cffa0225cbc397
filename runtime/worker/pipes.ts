import { execFile, execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// Pipes for the output of jobs. Node gives a child a socket for a pipe, and a script cannot write to /dev/stderr when that is a socket; a
// named pipe whose name is removed once both ends are open is the real thing. `mkfifo` makes them ahead, many at once.

/** Both ends, as file descriptors; whoever takes them closes them. */
export type PipeEnds = Readonly<{ read: number; write: number }>;

const AHEAD = 64;

/** Makes pipes in `directory`, which is ours alone. `take` throws when the machine can make none. */
export function openPipes(directory: string): Readonly<{ take(): PipeEnds }> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let last = 0;
  let making = false;
  const spare: string[] = [];
  const names = (count: number): string[] =>
    Array.from({ length: count }, () => join(directory, `${process.pid}-${++last}`));
  const refill = (): void => {
    if (making || spare.length > AHEAD / 2) return;
    making = true;
    const made = names(AHEAD);
    execFile('mkfifo', ['-m', '600', ...made], (error) => {
      making = false;
      if (!error) spare.push(...made);
    });
  };
  refill();
  return {
    take() {
      const path = spare.shift() ?? makeOne(names(1)[0]!);
      refill();
      try {
        return openBoth(path);
      } finally {
        rmSync(path, { force: true });
      }
    },
  };
}

function makeOne(path: string): string {
  execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
  return path;
}

/** The reading end does not wait for a writer; the writing end is the job's, and waits like any pipe. */
function openBoth(path: string): PipeEnds {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { read, write: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(read);
    throw error;
  }
}
