import { Socket } from 'node:net';

// The driver writes to a connection that is pinned (a transaction, its rollback) also after the server has closed it. Its socket is null by
// then, the write comes from a timer, and no caller can catch what is thrown: the process ends (porsager/postgres, issues 1154 and 1208).
// So the driver learns of a close in the middle of a transaction a little later. Until then what it writes is refused as an error, which
// rejects the statement; every other connection closes at once, and the pool opens another.

/** Longer than a transaction takes from the loss of its connection to its next statement, at the latest its rollback, on a busy machine. */
const HOLD_MS = 15_000;
/** Longer than it takes from one refused statement to the next. */
const LAST_MS = 2_000;

const lost = (): Error =>
  Object.assign(new Error('the connection to PostgreSQL was lost'), { code: 'CONNECTION_CLOSED' });

// 'Z' and its length, then the status.
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);
const READY_BYTES = READY.length + 1;
const IDLE = 0x49;

class LastingSocket extends Socket {
  private tail: Buffer = Buffer.alloc(0);
  private leaving = false;
  private held = false;
  private inTransaction = false;
  private release: NodeJS.Timeout | undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data') this.note(args[0] as Buffer);
    if (event !== 'close' || this.leaving || this.held || !this.inTransaction) return this.pass(event, args);
    this.held = true;
    this.release = setTimeout(() => this.pass('close', args), HOLD_MS).unref();
    this.write = this.refuse(args);
    return this.pass('error', [lost()]);
  }

  /** The driver's own goodbye has bytes; Node ends without any what the other side has closed. */
  override end(...args: unknown[]): this {
    if (args.length > 0) this.leaving = true;
    return (super.end as (...all: unknown[]) => this)(...args);
  }

  /** The server ends what it answers with ReadyForQuery: idle, in a transaction, or in a failed one. */
  private note(data: Buffer): void {
    this.tail = Buffer.concat([this.tail, data.subarray(-READY_BYTES)]).subarray(-READY_BYTES);
    if (this.tail.subarray(0, -1).equals(READY)) this.inTransaction = this.tail.at(-1) !== IDLE;
  }

  private pass(event: string | symbol, args: unknown[]): boolean {
    return (super.emit as (event: string | symbol, ...all: unknown[]) => boolean)(event, ...args);
  }

  private refuse(close: unknown[]): () => boolean {
    return () => {
      clearTimeout(this.release);
      this.release = setTimeout(() => this.pass('close', close), LAST_MS).unref();
      // Not at once: the driver notes the statement only after it has written it.
      setImmediate(() => this.pass('error', [lost()]));
      return true;
    };
  }
}

type Where = Readonly<{ host: readonly string[]; port: readonly number[]; path?: string | false | undefined }>;

/** The driver's `socket` option: connects to its hosts in turn. */
export function lastingSockets(): (where: Where) => Socket {
  let next = 0;
  return ({ host, port, path }) => {
    const socket = new LastingSocket();
    const at = next++ % host.length;
    return path ? socket.connect(path) : socket.connect(port[at]!, host[at]!);
  };
}
