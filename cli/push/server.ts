import { type Client, createClient } from '../../runtime/api/client.js';
import { Failure } from '../../runtime/errors.js';
import { type HookSettings, readHookToken } from '../../runtime/git/hook-files.js';
import { chooseConnection } from '../contexts.js';
import type { Terminal } from '../terminal.js';

/** The server of a hook, or why it cannot be asked. */
export type Reached = Readonly<{ client: Client; why: null } | { client: null; why: string }>;

// Whether it answers at all is known soon; what it is then asked may take as long as a push may wait.
const PROBE_MS = 3_000;

/** Finds out whether the hook's server answers within a moment, as whom the hook may ask. Never throws. */
export async function reachServer(terminal: Terminal, repo: string, settings: HookSettings): Promise<Reached> {
  if (settings.url === null) return { client: null, why: 'these hooks know no server' };
  const own = await readHookToken(repo);
  const token = own ?? chooseConnection({ ...terminal.env, url: settings.url }, terminal.cwd)?.token;
  if (token === undefined)
    return { client: null, why: `there is no token for ${settings.url} that ${user()} may read` };
  const limitMs = settings.limitSeconds * 1000;
  try {
    await createClient({ url: settings.url, token, timeoutMs: Math.min(PROBE_MS, limitMs) }).me();
    return { client: createClient({ url: settings.url, token, timeoutMs: limitMs }), why: null };
  } catch (error) {
    return { client: null, why: reasonOf(error) };
  }
}

/** What a failure says, for a sentence. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether the server could not be asked, or could not answer in time: nothing is known then. */
export const isSilence = (error: unknown): boolean =>
  !(error instanceof Failure) ||
  error.code === 'unavailable' ||
  error.code === 'unauthenticated' ||
  error.code === 'forbidden';

const user = (): string => process.env.USER ?? `user ${process.getuid?.() ?? '?'}`;
