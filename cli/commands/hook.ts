import { basename, resolve } from 'node:path';
import { compile } from '../../compiler/index.js';
import { type Client, createClient } from '../../runtime/api/client.js';
import { invalid, notFound } from '../../runtime/errors.js';
import { currentBranch, resolve as resolveCommit } from '../../runtime/git/commit.js';
import {
  bareRepository,
  type HookSettings,
  installHooks,
  readHookSettings,
  readHookToken,
  removeHooks,
  type Stage,
} from '../../runtime/git/hook-files.js';
import { readTree } from '../../runtime/git/read-tree.js';
import { parseBranch } from '../../runtime/git/remote.js';
import { type Connection, chooseConnection } from '../contexts.js';
import { heraCommand } from '../entry.js';
import { reasonOf } from '../push/server.js';
import { readUpdates } from '../push/updates.js';
import type { Terminal } from '../terminal.js';

export type HookOptions = Readonly<{
  project?: string;
  branch?: string;
  under?: string;
  source?: string;
  limit: number;
  server: boolean;
  token: boolean;
}>;

/**
 * Makes a bare repository refuse broken pushes and deploy right ones. Repeatable. The hook gets a token of its own, and the server learns
 * which branch deploys; where it is away or does not permit that, the hooks are installed all the same, and what is missing is said.
 */
export async function installHook(terminal: Terminal, dir: string, options: HookOptions): Promise<number> {
  const repo = await bareRepository(resolve(terminal.cwd, dir));
  const branch = parseBranch(options.branch ?? (await currentBranch(repo)) ?? 'main');
  const under = options.under ?? '';
  const project = options.project ?? (await projectIn(repo, branch, under));
  const connection = options.server ? chooseConnection(terminal.env, terminal.cwd) : undefined;
  const before = { settings: await readHookSettings(repo), token: await readHookToken(repo) };
  const offline: HookSettings = {
    ...{ url: connection?.url ?? null, project, branch, under, limitSeconds: options.limit },
    ...{ tokenId: null, followed: false },
  };
  const missing: string[] = [];
  const online = connection && (await introduce(connection, repo, { ...offline, options, before }, missing));
  const settings = online?.settings ?? offline;
  await installHooks(repo, settings, online?.token ?? null, commandWords());
  terminal.json({ repository: repo, ...settings, missing });
  terminal.print(
    `${repo}: a push to ${branch} is checked, and deployed ${settings.url === null ? 'by nobody' : `by ${settings.url}`}`,
  );
  if (settings.url === null)
    terminal.say('no server is known: pushes are only checked; later: hera login, and this again');
  if (project === null) terminal.say('the project is whatever the first push says; --project names it');
  for (const line of missing) terminal.say(`not done: ${line}`);
  return 0;
}

type Wanted = HookSettings &
  Readonly<{
    options: HookOptions;
    before: Readonly<{ settings: HookSettings | undefined; token: string | undefined }>;
  }>;

/** Gives the hook a token of its own and tells the server which branch deploys; `missing` gets a line for what could not be done. */
async function introduce(
  connection: Connection,
  repo: string,
  { options, before, ...settings }: Wanted,
  missing: string[],
): Promise<Readonly<{ settings: HookSettings; token: string | null }>> {
  const client = createClient({ ...connection, timeoutMs: 10_000 });
  const kept = { token: before.token ?? null, id: before.settings?.tokenId ?? null };
  const token = options.token
    ? await ownToken(client, connection, repo, kept).catch((error: unknown) => {
        missing.push(
          `no token of the hook's own (${reasonOf(error)}): a push uses what the pusher's account knows (hera login)`,
        );
        return kept;
      })
    : { token: null, id: null };
  const followed = await tellSource(client, repo, settings, options.source).catch((error: unknown) => {
    missing.push(
      `the server does not know this branch (${reasonOf(error)}): any branch may be applied, and what a push could not apply waits for hera apply`,
    );
    return false;
  });
  return { settings: { ...settings, tokenId: token.id, followed }, token: token.token };
}

type Token = Readonly<{ token: string | null; id: string | null }>;

async function ownToken(client: Client, { url }: Connection, repo: string, kept: Token): Promise<Token> {
  if (kept.token !== null && (await isGood(url, kept.token))) return kept;
  const made = await client.makeToken({ label: `hook of ${basename(repo)}` });
  return { token: made.secret, id: made.id };
}

const isGood = (url: string, token: string): Promise<boolean> =>
  createClient({ url, token, timeoutMs: 10_000 })
    .me()
    .then(({ role }) => role === 'admin')
    .catch(() => false);

/** The server follows the repository itself where it can read it; that is the net under post-receive. */
async function tellSource(
  client: Client,
  repo: string,
  settings: HookSettings,
  source: string | undefined,
): Promise<boolean> {
  const { project, branch, under } = settings;
  if (project === null) throw invalid('the project is not known yet', { help: '--project' });
  const set = await client.setSource({ project, repository: source ?? repo, branch, under });
  if (set.state !== 'unreachable' || source !== undefined) return true;
  await client.setSource({ project, repository: null, branch, under });
  return false;
}

/** Takes the hooks away, puts older ones back, and ends the hook's token. */
export async function removeHook(terminal: Terminal, dir: string): Promise<number> {
  const repo = await bareRepository(resolve(terminal.cwd, dir));
  const settings = await readHookSettings(repo);
  const token = await readHookToken(repo);
  if (!(await removeHooks(repo))) throw notFound(`${repo} has no hooks of hera`);
  terminal.json({ repository: repo });
  terminal.print(`${repo}: pushes are neither checked nor deployed any more`);
  if (settings?.url && settings.tokenId !== null && token !== undefined)
    await createClient({ url: settings.url, token, timeoutMs: 10_000 })
      .revokeToken(settings.tokenId)
      .catch((error: unknown) =>
        terminal.say(`its token still lives (${reasonOf(error)}): hera token revoke ${settings.tokenId}`),
      );
  return 0;
}

/** What git's hooks call: the updates of a push on standard input, in the repository. */
export async function receive(terminal: Terminal, stage: Stage): Promise<number> {
  const repo = await bareRepository(terminal.cwd);
  const settings = await readHookSettings(repo);
  if (!settings)
    throw notFound(`${repo} has no settings of its hooks`, { help: 'hera hook install, or hera hook remove' });
  const updates = readUpdates(await standardInput());
  const push = { repo, settings, updates };
  return stage === 'pre-receive'
    ? (await import('../push/pre-receive.js')).preReceive(terminal, push)
    : (await import('../push/post-receive.js')).postReceive(terminal, push);
}

async function standardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
}

const commandWords = (): readonly string[] => {
  const { command, args } = heraCommand([]);
  return [command, ...args];
};

async function projectIn(repo: string, branch: string, under: string): Promise<string | null> {
  const head = await resolveCommit(repo, `refs/heads/${branch}`).catch(() => undefined);
  if (head === undefined) return null;
  const { manifest } = await compile(await readTree(repo, head, { under }));
  return manifest?.project.name ?? null;
}
