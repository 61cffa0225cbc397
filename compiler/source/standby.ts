import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type StartedChild, standUp, startChild } from './sandbox-process.js';
import { sandboxProgram } from './sandbox-program.js';

/** A child that was told how to start. `isUp`: it stands, or has ended. */
export type StandingChild = Readonly<{ started: StartedChild; isUp: Promise<boolean> }>;

/** Nobody edits for so long: the one that waits is ended. */
const IDLE_MS = 10 * 60_000;

/**
 * One child of the sandbox kept ready for the next compilation, which saves that its start (0.2 s). It has seen nothing of any author: it is
 * used once, as any other, and its successor is started behind it. It keeps no process from ending, and ends with the one that started it.
 */
export class Standby {
  readonly #idleMs: number;
  #waiting: Readonly<{ standing: StandingChild; line: string; forget: () => void }> | undefined;
  #isOver = false;

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
  }

  /** The child that waits, told `line` as its first; the asker's from now on. Undefined when there is none, or it died or was told another. */
  take(line: string): StandingChild | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return undefined;
    const { standing, forget } = waiting;
    const { started } = standing;
    forget();
    const isAlive = started.child.exitCode === null && started.child.signalCode === null;
    if (waiting.line === line && isAlive) {
      for (const one of handlesOf(started)) one.ref();
      return standing;
    }
    started.child.kill('SIGKILL');
    return undefined;
  }

  /** Starts one for the next asker and tells it `line`, unless one waits. That none could be started is for the next asker to find out. */
  async prepare(line: string): Promise<void> {
    if (this.#waiting || this.#isOver) return;
    const started = await startChild(await sandboxProgram()).catch(() => undefined);
    if (!started) return;
    const { child, cwd } = started;
    const leave = (): void => {
      child.kill('SIGKILL');
      rmSync(cwd, { recursive: true, force: true });
    };
    if (this.#waiting || this.#isOver) return leave();
    const isUp = standUp(started, line);
    for (const one of handlesOf(started)) one.unref();
    const idle = setTimeout(() => this.#drop(), this.#idleMs).unref();
    process.once('exit', leave);
    const forget = (): void => {
      clearTimeout(idle);
      process.off('exit', leave);
    };
    this.#waiting = { standing: { started, isUp }, line, forget };
  }

  /** Ends the one that waits, and starts no other. */
  end(): void {
    this.#isOver = true;
    this.#drop();
  }

  #drop(): void {
    this.#waiting?.forget();
    this.#waiting?.standing.started.child.kill('SIGKILL');
    this.#waiting = undefined;
  }
}

/** All that would keep this process from ending. */
const handlesOf = ({ child }: StartedChild): readonly Pick<Socket, 'ref' | 'unref'>[] =>
  [child, child.stdin, child.stdout, child.stderr] as unknown as readonly Socket[];
