import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compile } from '../../compiler/index.js';
import type { Client } from '../../runtime/api/client.js';
import { Failure } from '../../runtime/errors.js';
import { commitInfo } from '../../runtime/git/commit.js';
import { readTree } from '../../runtime/git/read-tree.js';
import { fetchHead, parseRemote, remoteHead } from '../../runtime/git/remote.js';
import { openRepository } from '../../runtime/git/repository.js';
import { withBundle } from '../commit.js';
import { connect } from '../contexts.js';
import { foundLines } from '../found-lines.js';
import { reasonOf } from '../push/server.js';
import { untilAsked } from '../signals.js';
import type { Terminal } from '../terminal.js';
import { printPlan } from './plan.js';

export type SyncOptions = Readonly<{ branch: string; under: string; once?: boolean; every: number; stateDir: string }>;

/** What one look came to: in force now, or why not. */
type Look = Readonly<{
  commit: string;
  project: string | null;
  state: 'in-force' | 'applied' | 'broken' | 'refused';
  why: string | null;
}>;

/**
 * Follows a branch from where this runs, with this account's access to git, and applies what is new by the API: for a server that cannot
 * reach the repository itself. The same wrong commit is told once. With --once exit 1 when it is not in force.
 */
export async function sync(terminal: Terminal, repository: string, options: SyncOptions): Promise<number> {
  const remote = parseRemote(
    existsSync(resolve(terminal.cwd, repository)) ? resolve(terminal.cwd, repository) : repository,
  );
  const client = await connect(terminal);
  const kept = join(
    resolve(terminal.cwd, options.stateDir),
    `${createHash('sha256').update(remote).digest('hex').slice(0, 16)}.git`,
  );
  const { path } = await openRepository(kept);
  if (options.once) {
    const look = await lookOnce(terminal, client, { path, remote, ...options });
    terminal.json(look);
    return tell(terminal, look) ? 0 : 1;
  }
  const asked = untilAsked();
  let told = '';
  for (;;) {
    told = await round(terminal, client, { path, remote, ...options }, told);
    if (await waitOr(asked, options.every * 1000)) return 0;
  }
}

type Following = Readonly<{ path: string; remote: string; branch: string; under: string }>;

/** One look; what was told the last time is not told again. */
async function round(terminal: Terminal, client: Client, following: Following, told: string): Promise<string> {
  try {
    const look = await lookOnce(terminal, client, following, told);
    const key = `${look.commit} ${look.state} ${look.why}`;
    if (key !== told) {
      terminal.json(look);
      tell(terminal, look);
    }
    return key;
  } catch (error) {
    const why = reasonOf(error);
    if (why !== told) terminal.say(`${why}; it is looked at again`);
    return why;
  }
}

async function lookOnce(
  terminal: Terminal,
  client: Client,
  { path, remote, branch, under }: Following,
  told = '',
): Promise<Look> {
  const commit = await remoteHead(path, remote, branch);
  await fetchHead(path, remote, branch, commit);
  const tree = await readTree(path, commit, { under });
  const { manifest, diagnostics } = await compile(tree);
  if (!manifest) {
    if (!told.startsWith(commit)) terminal.say(...foundLines(terminal, diagnostics, tree));
    return { commit, project: null, state: 'broken', why: 'it does not compile' };
  }
  const project = manifest.project.name;
  const sending = { top: path, under, commit, dirty: false, project, branch };
  const answer = await withBundle(client, sending, (one) => client.plan(one));
  const { planned } = answer;
  if (planned === null) return { commit, project, state: 'broken', why: 'it does not compile on the server' };
  const isInForce = planned.on !== null && (await commitOf(client, project, planned.on)) === commit;
  if (isInForce) return { commit, project, state: 'in-force', why: null };
  const [refusal] = answer.refusals;
  if (refusal) return { commit, project, state: 'refused', why: `${refusal.message}; ${refusal.help}` };
  if (!terminal.isJson) printPlan(terminal, planned, { ...(await commitInfo(path, commit)), dirty: false });
  await withBundle(client, sending, (one) => client.apply(one, planned.on, false)).catch((error: unknown) => {
    throw error instanceof Failure && error.code === 'stale' ? new Error('another deployment came in between') : error;
  });
  return { commit, project, state: 'applied', why: null };
}

const commitOf = async (client: Client, project: string, deployment: string): Promise<string | undefined> =>
  (await client.deployments({ project, limit: 20 })).items.find(({ id }) => id === deployment)?.commit;

/** Says how it stands; whether it is in force. */
function tell(terminal: Terminal, { commit, project, state, why }: Look): boolean {
  const { green, red } = terminal.colors;
  const isGood = state === 'in-force' || state === 'applied';
  terminal.print(
    `${project ?? 'the project'} ${commit.slice(0, 12)}: ${(isGood ? green : red)(state)}${why === null ? '' : `: ${why}`}`,
  );
  return isGood;
}

/** Waits so long, or until `asked`; whether it was asked. */
const waitOr = (asked: Promise<unknown>, ms: number): Promise<boolean> =>
  new Promise((done) => {
    const timer = setTimeout(() => done(false), ms);
    void asked.then(() => {
      clearTimeout(timer);
      done(true);
    });
  });
