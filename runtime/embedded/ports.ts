import { createServer } from 'node:net';
import { CannotStart } from './cannot-start.js';
import type { Progress, StateDir } from './state-dir.js';

/** A port of loopback that nobody listens on now. It may be taken before it is used: who uses it must be ready to ask again. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

/**
 * The port for `name`: the given one (taken: CannotStart), else the one of the last start while it is free, else a free one.
 */
export async function choosePort(
  state: StateDir,
  name: string,
  given: number | undefined,
  progress: Progress,
): Promise<number> {
  if (given !== undefined) {
    if ((await listenOnce(given)) !== undefined) return given;
    throw new CannotStart(name, `port ${given} is in use`, 'choose another port, or end what listens there');
  }
  const last = state.port(name);
  if (last !== undefined) {
    if ((await listenOnce(last)) !== undefined) return last;
    progress(`${name}: port ${last} of the last start is in use now, taking another`);
  }
  return freePort();
}

const listenOnce = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
