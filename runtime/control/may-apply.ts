import type { Planned } from '../api/contract.js';
import { conflict, type Failure } from '../errors.js';
import type { Queryable } from '../store/database.js';
import { countJobs, type DeploymentRow, deploymentInForce, type RolledBack, rolledBack } from '../store/deployment.js';
import { readSource } from '../store/source.js';
import type { CommitInfo, Origin } from './control.js';

// Which commits may be put in force: of the branch that deploys, after the one in force, and without taking away much by accident.
// A plan asks to tell it beforehand; apply asks again under the project's lock. What a rollback took back comes again only in a newer commit.

/** More than this share of a project's jobs is not removed by accident. */
const PRUNE_SHARE = 0.25;

export type RefusalKind = 'branch' | 'not-descendant' | 'rolled-back' | 'prune';

/** Why a commit may not be put in force now, and what to do. */
export type Refusal = Readonly<{ kind: RefusalKind; message: string; help: string }>;

/** A commit that wants to be in force. */
export type Candidate = Readonly<{ info: CommitInfo; origin: Origin }>;

/** All that refuses this plan now; empty: apply would do it. */
export async function refusalsOf(
  sql: Queryable,
  candidate: Candidate,
  planned: Pick<Planned, 'project' | 'changes'>,
): Promise<readonly Refusal[]> {
  const force = await deploymentInForce(sql, planned.project);
  if (force !== undefined && force.commit === candidate.info.commit) return [];
  const found = [await pruneRefusal(sql, planned)];
  // A rollback goes back on purpose: it comes by no branch, and follows nothing.
  if (candidate.origin.restores === undefined)
    found.unshift(
      await branchRefusal(sql, candidate, planned.project),
      force && (await lineRefusal(sql, candidate, force)),
    );
  return found.filter((refusal) => refusal !== undefined);
}

export const refused = ({ kind, message, help }: Refusal): Failure =>
  conflict(message, { help, details: { refusal: kind } });

/** What people should know before they apply it, although it may be done. */
export async function cautionsOf(
  sql: Queryable,
  { info, origin }: Candidate,
  project: string,
): Promise<readonly string[]> {
  const force = await deploymentInForce(sql, project);
  if (force === undefined || origin.restores !== undefined || force.commit === info.commit) return [];
  const cautions: string[] = [];
  for (const undone of await rolledBack(sql, force.id))
    if (await origin.isDescendantOf(undone.commit))
      cautions.push(`this contains ${short(undone.commit)} again, which ${story(undone)}`);
  return cautions;
}

async function branchRefusal(
  sql: Queryable,
  { info, origin }: Candidate,
  project: string,
): Promise<Refusal | undefined> {
  const branch = origin.branch ?? null;
  const source = await readSource(sql, project);
  if (source === undefined) return undefined;
  if (info.dirty)
    return {
      kind: 'branch',
      message: `${project} is deployed from branch ${source.branch}, not from a working tree`,
      help: `commit and push to ${source.branch}; or end that by \`hera source remove\``,
    };
  if (branch === source.branch) return undefined;
  return {
    kind: 'branch',
    message: `only branch ${source.branch} deploys ${project}; ${branch === null ? 'this commit names no branch' : `this is ${branch}`}`,
    help:
      branch === null ? `say that it is: --branch ${source.branch}` : `merge it into ${source.branch} and push that`,
  };
}

/** A new commit follows the one in force; after a rollback, that one or what was rolled back, and is none of the latter. */
async function lineRefusal(sql: Queryable, candidate: Candidate, force: DeploymentRow): Promise<Refusal | undefined> {
  const { info } = candidate;
  const { isDescendantOf } = candidate.origin;
  if (info.dirty || force.dirty) return undefined;
  const undone = await rolledBack(sql, force.id);
  for (const one of undone)
    if (one.commit === info.commit || (await isDescendantOf(info.commit, one.commit)))
      return takenBack(info.commit, one);
  for (const before of [force.commit, ...undone.map((one) => one.commit)])
    if (await isDescendantOf(before)) return undefined;
  return {
    kind: 'not-descendant',
    message: `commit ${short(info.commit)} does not come after ${short(force.commit)}, which is in force`,
    help: 'merge or rebase onto it; to go back, commit a `git revert`, or use `hera rollback`',
  };
}

const takenBack = (commit: string, undone: RolledBack): Refusal => ({
  kind: 'rolled-back',
  message:
    commit === undone.commit
      ? `commit ${short(commit)} ${story(undone)}`
      : `commit ${short(commit)} is no newer than ${short(undone.commit)}, which ${story(undone)}`,
  help: `mend it in a newer commit (git revert ${short(undone.commit)}), or take it again: hera rollback --to ${undone.deployment}`,
});

const story = ({ by, at, reason }: RolledBack): string =>
  `was rolled back on purpose by ${by} at ${at.toISOString()}${reason === null ? '' : `: ${reason}`}`;

async function pruneRefusal(
  sql: Queryable,
  { project, changes }: Pick<Planned, 'project' | 'changes'>,
): Promise<Refusal | undefined> {
  const removed = changes.filter((change) => change.kind === 'remove').length;
  if (removed <= 1) return undefined;
  const total = await countJobs(sql, project);
  if (removed <= total * PRUNE_SHARE) return undefined;
  return {
    kind: 'prune',
    message: `this commit would remove ${removed} of ${total} jobs`,
    help: 'if that is meant: hera apply --allow-prune, or git push -o allow-prune',
  };
}

const short = (commit: string): string => commit.slice(0, 10);
