import { z } from '@hono/zod-openapi';
import type { Origin } from '../../control/control.js';
import { invalid } from '../../errors.js';
import { readSource } from '../../store/source.js';
import { applied, type PlanAnswer, planAnswer } from '../contract.js';
import { whoOf } from '../guard.js';
import { bundleBody, bundleLimit, type Received, receiveCommit } from '../receive-commit.js';
import { type Api, answers, createRoute, flag, number, type Parts, projectName } from '../route.js';

const query = z.object({
  project: projectName,
  commit: z.string(),
  /** The folder of the repository that holds the project file; absent: its root. */
  under: z.string().max(500).optional(),
  /** The branch by which it comes: where a project is deployed from one branch, no other may. */
  branch: z.string().max(200).optional(),
  /** The commit is a snapshot of a working tree. */
  dirty: flag.optional(),
});

const applyQuery = query.extend({
  /** The deployment the plan was made on; absent: there was none. */
  plannedOn: number.optional(),
  allowPrune: flag.optional(),
  /** Periods that next runs await and that were never run are marked succeeded with it. */
  markMissing: flag.optional(),
});

/** A commit comes as a bundle, is kept, compiled by the control plane, and planned or put in force. */
export function deployRoutes(api: Api, parts: Parts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments/plan',
      summary: 'What putting a commit in force would change, and what would refuse it',
      middleware: bundleLimit,
      request: { query, body: bundleBody },
      responses: answers('The plan, or the diagnostics of a commit that does not compile.', planAnswer),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const received = await receiveCommit(parts, c, asked);
      const origin = await assumeBranch(parts, asked, received.origin);
      return c.json(await planReceived(parts, { ...received, origin }, asked.project), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments',
      summary: 'Put a commit in force, exactly as planned',
      middleware: bundleLimit,
      request: { query: applyQuery, body: bundleBody },
      responses: answers('The deployment.', applied),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const who = whoOf(c);
      const { origin, tree, info, renamedSince, changedSince } = await receiveCommit(parts, c, asked);
      await parts.branches.refuseUnpushed(asked.project, info.commit);
      const answer = await parts.control.apply({
        ...origin,
        tree,
        info,
        renamedSince,
        changedSince,
        project: asked.project,
        plannedOn: asked.plannedOn ?? null,
        allowPrune: asked.allowPrune ?? false,
        markMissing: asked.markMissing ?? false,
        by: who.account,
        via: who.via,
      });
      return c.json(answer, 200);
    },
  );
}

/** The plan of a commit that was received, with all that would refuse it. Throws `invalid` for a commit of another project. */
export async function planReceived(parts: Parts, received: Received, project: string): Promise<PlanAnswer> {
  const { tree, info, origin, renamedSince, changedSince } = received;
  const { planned, diagnostics } = await parts.control.plan({
    tree,
    info,
    renamedSince,
    changedSince,
    ...(origin.restores && { restores: origin.restores }),
  });
  // A commit of one project is never put in force under another's name.
  if (planned && planned.project !== project)
    throw invalid(`the commit's project is ${planned.project}, not ${project}`);
  const judged = planned ? await parts.control.judge(info, origin, planned) : { refusals: [], cautions: [] };
  return { planned, diagnostics: [...diagnostics], refusals: [...judged.refusals], cautions: [...judged.cautions] };
}

/** A plan may be asked for a commit of any branch: unless it names one, it is told as if it came by the one that deploys. */
async function assumeBranch(parts: Parts, asked: z.infer<typeof query>, origin: Origin): Promise<Origin> {
  if (asked.branch !== undefined) return origin;
  return { ...origin, branch: (await readSource(parts.database, asked.project))?.branch ?? null };
}
