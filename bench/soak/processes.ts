import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A process of Hera that whoever runs it keeps alive: it is started again whenever it ends. */
export type Kept = Readonly<{
  name: string;
  pid(): number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** How often it was started. */
  starts(): number;
  stop(): Promise<void>;
}>;

const HERA = fileURLToPath(new URL('../../bin/hera', import.meta.url));
const WRONG_CLOCK = new URL('../../test/support/wrong-clock.ts', import.meta.url).href;
const AGAIN_MS = 500;
const PATIENCE_MS = 60_000;

/** `clockMs`: by how much its clock is wrong. */
export function keep(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  log: string,
  clockMs = 0,
): Kept {
  const wrong = clockMs === 0 ? [] : ['--import', import.meta.resolve('tsx'), '--import', WRONG_CLOCK];
  let child: ChildProcess | undefined;
  let starts = 0;
  let stopping = false;
  const loop = (async () => {
    while (!stopping) {
      const file = openSync(log, 'a');
      child = spawn(process.execPath, [...wrong, HERA, ...args], {
        env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', SHIFTED_MS: String(clockMs), ...env },
        stdio: ['ignore', file, file],
      });
      closeSync(file);
      starts += 1;
      await once(child, 'exit');
      if (!stopping) await delay(AGAIN_MS);
    }
  })();
  const kill = (signal: NodeJS.Signals): void => void child?.kill(signal);
  return {
    name,
    pid: () => child?.pid,
    kill,
    starts: () => starts,
    async stop() {
      stopping = true;
      kill('SIGCONT');
      kill('SIGTERM');
      const impatience = setTimeout(() => kill('SIGKILL'), PATIENCE_MS);
      await loop;
      clearTimeout(impatience);
    },
  };
}
