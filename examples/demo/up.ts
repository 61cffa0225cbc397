import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chooseConnection } from '../../cli/contexts.js';
import { readEnvironment } from '../../cli/environment.js';
import { type Client, createClient } from '../../runtime/api/client.js';
import { unavailable } from '../../runtime/errors.js';
import type { DemoHome } from './home.js';

export type Up = Readonly<{
  client: Client;
  signIn: string;
  /** Its exit code, when it has ended. */
  ended: Promise<number>;
  stop(): Promise<void>;
}>;

/** Starts `hera up` as a user would, and waits until it answers. Its own progress is shown as it comes. */
export async function startUp(home: DemoHome, say: (line: string) => void): Promise<Up> {
  const child = spawn(
    process.execPath,
    [
      ...[home.bin, 'up', home.repository, '--json', '--state-dir', home.stateDir],
      ...['--env', `WAREHOUSE_HOME=${home.tables}`, '--env', `SOURCE_DATA=${home.source}`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended.catch(() => {});
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  const first = await Promise.race([firstDocument(child.stdout), ended.then(() => undefined)]);
  if (first === undefined)
    throw unavailable('`hera up` has ended before it answered', { help: 'what it says above tells why' });
  const connection = chooseConnection(readEnvironment(process.env, false), home.repository);
  if (connection === undefined) throw unavailable('`hera up` left no connection for the command line');
  say(`\nhera answers at ${first.url}`);
  return { client: createClient({ url: first.url, token: connection.token }), signIn: first.signIn, ended, stop };
}

/** The document that `hera up --json` prints when it answers. */
async function firstDocument(
  stdout: NodeJS.ReadableStream,
): Promise<Readonly<{ url: string; signIn: string }> | undefined> {
  let text = '';
  for await (const line of createInterface({ input: stdout })) {
    if (text === '' && !line.startsWith('{')) continue;
    text += line;
    try {
      return JSON.parse(text) as { url: string; signIn: string };
    } catch {
      // The document goes on in the next line.
    }
  }
  return undefined;
}
