import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { DeployRequest } from '../../control/control.js';
import { forbidden, invalid } from '../../errors.js';
import { BUNDLE_MOST_BYTES } from '../../git/bundle.js';
import { parseCommit } from '../../git/commit.js';
import type { Repository } from '../../git/repository.js';
import { applied, planAnswer } from '../contract.js';
import { type ApiEnv, whoOf } from '../guard.js';
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
});

const bundle = {
  required: false,
  description: 'A git bundle that carries the commit as refs/hera/<commit>; empty when the server has it already',
  content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
};

/** A commit comes as a bundle, is kept, compiled by the control plane, and planned or put in force. */
export function deployRoutes(api: Api, parts: Parts): void {
  const most = bodyLimit({
    maxSize: BUNDLE_MOST_BYTES,
    onError: () => {
      throw invalid(`a bundle has at most ${BUNDLE_MOST_BYTES} bytes`);
    },
  });
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments/plan',
      summary: 'What putting a commit in force would change',
      middleware: most,
      request: { query, body: bundle },
      responses: answers('The plan, or the diagnostics of a commit that does not compile.', planAnswer),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const { request } = await receive(parts, c, asked);
      const { planned, diagnostics } = await parts.control.plan(request);
      refuseOther(asked.project, planned?.project);
      return c.json({ planned, diagnostics: [...diagnostics] }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments',
      summary: 'Put a commit in force, exactly as planned',
      middleware: most,
      request: { query: applyQuery, body: bundle },
      responses: answers('The deployment.', applied),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const who = whoOf(c);
      const { request, repository } = await receive(parts, c, asked);
      const { planned } = await parts.control.plan(request);
      refuseOther(asked.project, planned?.project);
      const answer = await parts.control.apply({
        ...request,
        plannedOn: asked.plannedOn ?? null,
        allowPrune: asked.allowPrune ?? false,
        by: who.account,
        via: who.via,
        under: asked.under ?? '',
        branch: asked.branch ?? null,
        isDescendantOf: (ancestor, descendant = asked.commit) => repository.isAncestor(ancestor, descendant),
      });
      return c.json(answer, 200);
    },
  );
}

async function receive(
  parts: Parts,
  c: Context<ApiEnv>,
  asked: z.infer<typeof query>,
): Promise<Readonly<{ request: DeployRequest; repository: Repository }>> {
  const commit = parseCommit(asked.commit);
  const dirty = asked.dirty ?? false;
  if (dirty && !parts.allowDirty)
    throw forbidden('this server deploys commits only, no working tree', {
      help: 'commit, then apply without --dirty',
    });
  const repository = await parts.repositories.of(asked.project);
  await repository.importBundle(commit, new Uint8Array(await c.req.arrayBuffer()));
  const tree = await repository.tree(commit, asked.under);
  return { repository, request: { tree, info: { ...(await repository.info(commit)), dirty } } };
}

/** A commit of one project is never put in force under another's name. */
function refuseOther(asked: string, found: string | undefined): void {
  if (found !== undefined && found !== asked) throw invalid(`the commit's project is ${found}, not ${asked}`);
}
