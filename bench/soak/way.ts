import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut: a stranger between two processes who drops everything. */
export type Way = Readonly<{
  port: number;
  /** Drops all connections, and takes none until `mend`. */
  cut(): void;
  mend(): void;
  close(): void;
}>;

/** Passes connections on to the ports in turn. */
export async function openWay(ports: readonly number[]): Promise<Way> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let turn = 0;
  const server: Server = createServer((from) => {
    if (isCut) return void from.destroy();
    turn += 1;
    const to = connect(ports[turn % ports.length]!, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    close() {
      server.close();
      drop();
    },
  };
}
