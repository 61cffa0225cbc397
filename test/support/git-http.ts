// Git over http, as a web server serves it: git's own http-backend as a CGI program behind a small server with a password.

import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type GitHttp = Readonly<{
  /** The address of a repository below the root, with the password in it or without. */
  address(repository: string, withPassword?: boolean): string;
  close(): Promise<void>;
}>;

const USER = 'ada';
const PASSWORD = 'correct horse';

/** Serves the repositories below `root`; only `ada` with her password may read and push. `env` is the surroundings of hooks. */
export async function serveGit(root: string, env: Readonly<Record<string, string | undefined>>): Promise<GitHttp> {
  const server = createServer((request, response) => {
    const asked = request.headers.authorization ?? '';
    if (asked !== `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    else answer(root, env, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: (repository, withPassword = true) =>
      `http://${withPassword ? `${USER}:${encodeURIComponent(PASSWORD)}@` : ''}127.0.0.1:${port}/${repository}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: USER,
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = head.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    response.writeHead(Number.parseInt(headers.Status ?? '200', 10), headers);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on('close', () => response.end());
}
