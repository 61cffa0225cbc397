import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// A ResourceManager as far as a worker asks one: what its REST answers of applications, by the shapes of Hadoop 3.3.6.

export type Application = { id: string; state: string };

export type ResourceManager = Readonly<{
  url: string;
  /** What lives there, or has. Whoever asks by a tag is answered those of `tagged`. */
  applications: Map<string, Application>;
  tagged: Set<string>;
  /** Tags that were asked for, and ids whose end was asked for, in order. */
  asked: string[];
  killed: string[];
  close(): Promise<void>;
}>;

export async function startResourceManager(): Promise<ResourceManager> {
  const applications = new Map<string, Application>();
  const [tagged, asked, killed] = [new Set<string>(), [] as string[], [] as string[]];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const id = /\/apps\/([^/]+)\/state$/.exec(url.pathname)?.[1];
    if (id === undefined) {
      asked.push(url.searchParams.get('applicationTags') ?? '');
      const living = [...applications.values()].filter((one) => tagged.has(one.id) && one.state === 'RUNNING');
      return answer(200, { apps: living.length === 0 ? null : { app: living } });
    }
    const one = applications.get(id);
    if (!one) return answer(404, { RemoteException: { exception: 'NotFoundException' } });
    if (request.method === 'PUT') {
      killed.push(id);
      one.state = 'KILLED';
      return answer(202, { state: 'RUNNING' });
    }
    return answer(200, { state: one.state });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ applications, tagged, asked, killed },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
