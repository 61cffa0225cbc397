// The branch that a project is deployed from is compared with what is in force; what is newer there is put in force, or alarmed.
// In: the source of a project (a repository that this process can read, a branch). Out: a deployment, or why there is none, kept as a row.
// It is the net under hooks and CI: what they could not apply is applied here. The same wrong head is judged and alarmed once.
// Never here: SQL, what may be put in force (`runtime/control/may-apply.ts`), a working tree. Read on in `verdict.ts`, then `follow.ts`.

import type { Control } from '../control/control.js';
import { conflict, Failure, notFound } from '../errors.js';
import { fetchHead, remoteHead } from '../git/remote.js';
import type { Repositories } from '../git/repository.js';
import type { Log } from '../log.js';
import type { Database } from '../store/database.js';
import { insertAudit, insertEvents } from '../store/event.js';
import { type Finding, noteFinding, readSource, type SourceRow, type SourceState } from '../store/source.js';
import { inTransaction } from '../store/transaction.js';
import { judgeHead } from './verdict.js';

export type LookParts = Readonly<{ database: Database; control: Control; repositories: Repositories; log: Log }>;

export type Looker = Readonly<{
  /**
   * Looks at the branch of a project now, applies what is newer, and answers what it found. `again`: also judges a head anew that was
   * judged before. Throws `not-found` when no source is set.
   */
  look(project: string, again?: boolean): Promise<SourceRow>;
  /**
   * Throws `conflict` for a commit that is not on the branch that deploys the project, as the repository itself tells it. Where the server
   * reads no repository, or cannot at the moment, the branch that the request names is all that is known.
   */
  refuseUnpushed(project: string, commit: string): Promise<void>;
}>;

/** States in which somebody must do something; `rolled-back` is meant, and told, but wrong for nobody. */
export const ALARMS: ReadonlySet<SourceState> = new Set<SourceState>(['broken', 'refused', 'unreachable']);

export function createLooker(parts: LookParts): Looker {
  // One look of a project at a time: two would fetch and apply the same.
  const looking = new Map<string, Promise<unknown>>();
  return {
    look(project, again = false) {
      const before = looking.get(project) ?? Promise.resolve();
      const now = before.catch(() => {}).then(() => lookOnce(parts, project, again));
      looking.set(project, now);
      return now;
    },
    refuseUnpushed: (project, commit) => refuseUnpushed(parts, project, commit),
  };
}

async function refuseUnpushed(
  { database, repositories, log }: LookParts,
  project: string,
  commit: string,
): Promise<void> {
  const source = await readSource(database, project);
  if (source === undefined || source.repository === null) return;
  const { repository, branch } = source;
  const kept = await repositories.of(project);
  const isOnBranch = await remoteHead(kept.path, repository, branch)
    .then(async (head) => {
      await fetchHead(kept.path, repository, branch, head);
      return kept.isAncestor(commit, head);
    })
    .catch((error: unknown) => {
      log.warn(`${branch} of ${repository} cannot be read: the commit's branch is taken on trust`, {
        commit,
        error: String(error),
      });
      return true;
    });
  if (!isOnBranch)
    throw conflict(`commit ${commit.slice(0, 10)} is not on ${branch} of ${repository}`, {
      help: `only that deploys ${project}: push it there`,
      details: { refusal: 'branch' },
    });
}

async function lookOnce(parts: LookParts, project: string, again: boolean): Promise<SourceRow> {
  const source = await readSource(parts.database, project);
  if (source === undefined)
    throw notFound(`no branch is set for ${project}`, { help: 'hera source set REPOSITORY --branch main' });
  if (source.repository === null) return source;
  const found = await judgeHead(parts, { ...source, repository: source.repository }, again).catch(
    unreadable(parts.log, source),
  );
  await note(parts, source, found);
  return (await readSource(parts.database, project)) ?? source;
}

// What cannot be read keeps the head that was seen last: nothing is known to have changed. A branch that was never seen is not there yet.
// What is no Failure is the server's own fault, in words that nobody but its log can do anything with.
const unreadable =
  (log: Log, source: SourceRow) =>
  (error: unknown): Finding => {
    const isTold = error instanceof Failure;
    const { project, branch } = source;
    if (!isTold) log.error('a branch could not be put in force', { project, branch, error: stackOf(error) });
    return {
      state: stateAfter(source, error),
      // A head that was judged is not judged again: this one was not.
      commit: isTold ? source.commit : null,
      reason: isTold ? error.message : `the server failed while it looked at ${branch}`,
      help: isTold ? (error.more.help ?? null) : "the server's log has the cause; the next look tries again",
      deployment: null,
    };
  };

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function stateAfter(source: SourceRow, error: unknown): SourceState {
  const code = error instanceof Failure ? error.code : undefined;
  if (code === 'not-found') return source.commit === null ? 'unknown' : 'unreachable';
  return code === 'unavailable' ? 'unreachable' : 'refused';
}

/** Keeps what was found; news that need somebody are a line of the audit and an event, once. */
async function note({ database, log }: LookParts, source: SourceRow, found: Finding): Promise<void> {
  await inTransaction(database, async (tx) => {
    if (!(await noteFinding(tx, source, found))) return;
    const { project, repository, branch } = source;
    const body = { repository, branch, state: found.state, commit: found.commit, reason: found.reason };
    await insertEvents(tx, [{ project, kind: 'source', run: null, body }]);
    if (!ALARMS.has(found.state) && found.state !== 'rolled-back') return;
    await insertAudit(tx, {
      project,
      who: 'hera',
      via: 'source',
      what: `source-${found.state}`,
      subject: found.commit,
      body,
    });
    log.warn(`${branch} of ${repository} is not in force: ${found.reason}`, { project, commit: found.commit });
  });
}
