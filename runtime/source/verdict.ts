import type { Diagnostic } from '../../compiler/index.js';
import type { Origin } from '../control/control.js';
import { Failure } from '../errors.js';
import { fetchHead, remoteHead } from '../git/remote.js';
import type { Repository } from '../git/repository.js';
import { type DeploymentRow, deploymentInForce } from '../store/deployment.js';
import type { Finding, SourceRow } from '../store/source.js';
import type { LookParts } from './look.js';

export type ReadableSource = SourceRow & Readonly<{ repository: string }>;

/** Compares the branch's head with what is in force, and puts it in force where it may be. Throws when the branch cannot be read. */
export async function judgeHead(parts: LookParts, source: ReadableSource, again: boolean): Promise<Finding> {
  const { project, repository, branch } = source;
  const kept = await parts.repositories.of(project);
  const head = await remoteHead(kept.path, repository, branch);
  const force = await deploymentInForce(parts.database, project);
  if (force !== undefined && force.commit === head) return found('in-force', head, force);
  const isJudged = source.commit === head && source.deployment === (force?.id ?? null) && JUDGED.has(source.state);
  if (isJudged && !again) return source;
  await fetchHead(kept.path, repository, branch, head);
  return apply(parts, source, { kept, head, force });
}

const JUDGED: ReadonlySet<string> = new Set(['broken', 'refused', 'rolled-back', 'behind']);

type Head = Readonly<{ kept: Repository; head: string; force: DeploymentRow | undefined }>;

async function apply({ control }: LookParts, source: ReadableSource, { kept, head, force }: Head): Promise<Finding> {
  const info = { ...(await kept.info(head)), dirty: false };
  const tree = await kept.tree(head, source.under === '' ? undefined : source.under);
  const { planned, diagnostics } = await control.plan({ tree, info });
  if (planned === null) return broken(head, force, diagnostics);
  if (planned.project !== source.project)
    return found('refused', head, force, `the commit's project is ${planned.project}, not ${source.project}`);
  const origin: Origin = {
    branch: source.branch,
    under: source.under,
    isDescendantOf: (ancestor, descendant = head) => kept.isAncestor(ancestor, descendant),
  };
  const [refusal] = (await control.judge(info, origin, planned)).refusals;
  if (refusal?.kind === 'rolled-back') return found('rolled-back', head, force, refusal.message, refusal.help);
  if (refusal?.kind === 'not-descendant' && force !== undefined && (await kept.isAncestor(head, force.commit)))
    return found(
      'behind',
      head,
      force,
      `${force.commit.slice(0, 10)}, which is in force, is not on ${source.branch} yet`,
      'push it',
    );
  if (refusal) return found('refused', head, force, refusal.message, refusal.help);
  return put();

  async function put(): Promise<Finding> {
    try {
      const request = { ...origin, tree, info, plannedOn: planned!.on, allowPrune: false, by: 'hera', via: 'source' };
      const { deployment } = await control.apply(request);
      return { state: 'in-force', commit: head, reason: null, help: null, deployment };
    } catch (error) {
      // Another deployment came between: the next look compares with that one.
      if (error instanceof Failure && error.code === 'stale') return found('unknown', null, force, error.message);
      throw error;
    }
  }
}

const found = (
  state: Finding['state'],
  commit: string | null,
  force: DeploymentRow | undefined,
  reason: string | null = null,
  help: string | null = null,
): Finding => ({ state, commit, reason, help, deployment: force?.id ?? null });

function broken(head: string, force: DeploymentRow | undefined, diagnostics: readonly Diagnostic[]): Finding {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const place = first?.file ? `${first.file}:${first.line}: ` : '';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const reason = `it does not compile: ${place}${first?.message ?? 'no manifest'}${more}`;
  return found('broken', head, force, reason, `see all of it: git checkout ${head.slice(0, 10)} && hera validate`);
}
