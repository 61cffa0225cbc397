import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Group } from './processes.js';
import type { LeaseTimes } from './times.js';

/** What the environment of all that an attempt starts bears. */
type Marks = Pick<Group, 'run' | 'attempt' | 'worker'>;

/** Our end of the pipe to the keeper. */
export type Keeper = Readonly<{
  /** From now on, the attempt's group ends with us; `NO_GROUP`: it is not known yet and is found by its marks. */
  add(group: Group): void;
  remove(attempt: Marks): void;
  /** Sends the keeper home; the groups it still knows live on. */
  close(): Promise<void>;
}>;

/**
 * Starts the keeper and resolves when it listens: no job may start before. A keeper that ends is replaced and told all groups again.
 * Throws when none can be started.
 */
export async function startKeeper(times: LeaseTimes): Promise<Keeper> {
  const groups = new Map<string, Group>();
  let closing = false;
  let child = await start(times);
  const tell = (line: string): void => void child.stdin?.write(`${line}\n`);
  const pulse = setInterval(() => tell('.'), times.pulseMs);
  const watch = (): void => {
    child.once('exit', () => void replace());
  };
  /** A host that cannot start one now, for want of processes or memory, may with the next pulse. */
  const replace = async (): Promise<void> => {
    while (!closing) {
      const next = await start(times).catch(() => undefined);
      if (next === undefined) {
        await delay(times.pulseMs, undefined, { ref: false });
        continue;
      }
      child = next;
      watch();
      for (const group of groups.values()) tell(greeting(group));
      if (closing) tell('q');
      return;
    }
  };
  watch();
  return {
    add(group) {
      groups.set(keyOf(group), group);
      tell(greeting(group));
    },
    remove(attempt) {
      groups.delete(keyOf(attempt));
      tell(`- ${keyOf(attempt)}`);
    },
    async close() {
      closing = true;
      clearInterval(pulse);
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Referenced again: it may be the last thing that this process waits for.
      child.ref();
      const ended = once(child, 'exit');
      tell('q');
      await ended;
    },
  };
}

const keyOf = ({ run, attempt, worker }: Marks): string => `${run} ${attempt} ${worker}`;
const greeting = (group: Group): string => `+ ${keyOf(group)} ${group.pgid} ${group.started}`;

// Nothing of the worker's: above all no HERA_RUN_ID, should the worker itself be run by a job.
const ENVIRONMENT: Readonly<Record<string, string>> & NodeJS.ProcessEnv = {
  PATH: '/usr/bin:/bin',
  NODE_ENV: 'production',
};

async function start(times: LeaseTimes): Promise<ChildProcess> {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(`./keeper-process.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      ...(fromSource ? ['--import', import.meta.resolve('tsx')] : ['--max-old-space-size=32']),
      entry,
      String(times.pulseSilenceMs),
      String(times.leaseGraceMs),
    ],
    // Its own group and session: what ends the worker's must not end it.
    { detached: true, stdio: ['pipe', 'pipe', 'ignore'], env: ENVIRONMENT },
  );
  // A keeper that has ended is replaced; what was written to it meanwhile is told again.
  child.stdin?.on('error', () => {});
  const [what] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => [undefined])]);
  if (what === undefined) throw new Error('the keeper process did not start');
  child.stdout?.resume();
  child.unref();
  return child;
}
