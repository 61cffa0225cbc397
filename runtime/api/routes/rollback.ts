import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { conflict, notFound } from '../../errors.js';
import { type DeploymentRow, deploymentBefore, findDeployment } from '../../store/deployment.js';
import { applied, rollbackPlan } from '../contract.js';
import { type ApiEnv, whoOf } from '../guard.js';
import { bundleBody, bundleLimit, type Received, receiveCommit } from '../receive-commit.js';
import { type Api, answers, createRoute, flag, number, type Parts, projectName } from '../route.js';
import { planReceived } from './deploy.js';

const query = z.object({
  project: projectName,
  /** The deployment to go back to; absent: the one before what is in force. */
  to: number.optional(),
  reason: z.string().max(500).optional(),
});

const applyQuery = query.extend({ to: number, plannedOn: number, allowPrune: flag.optional() });

/** An earlier deployment's commit is put in force again, as a new deployment: the only way for a commit that follows nothing. */
export function rollbackRoutes(api: Api, parts: Parts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments/rollback/plan',
      summary: 'What going back to an earlier deployment would change',
      middleware: bundleLimit,
      request: { query, body: bundleBody },
      responses: answers('The plan, and the deployment it goes back to.', rollbackPlan),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const target = await targetOf(parts, asked.project, asked.to);
      const received = await receiveTarget(parts, c, target, asked.reason);
      const answer = await planReceived(parts, received, asked.project);
      return c.json({ ...answer, to: target.id, commit: target.commit, subject: target.subject }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/deployments/rollback',
      summary: 'Put the commit of an earlier deployment in force again, exactly as planned',
      middleware: bundleLimit,
      request: { query: applyQuery, body: bundleBody },
      responses: answers('The deployment.', applied),
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const who = whoOf(c);
      const target = await targetOf(parts, asked.project, asked.to);
      const { origin, tree, info, renamedSince, changedSince } = await receiveTarget(parts, c, target, asked.reason);
      const answer = await parts.control.apply({
        ...{ ...origin, tree, info, renamedSince, changedSince },
        ...{ project: asked.project, plannedOn: asked.plannedOn },
        ...{ allowPrune: asked.allowPrune ?? false, by: who.account, via: who.via },
      });
      return c.json(answer, 200);
    },
  );
}

async function targetOf({ database }: Parts, project: string, to: string | undefined): Promise<DeploymentRow> {
  if (to !== undefined) {
    const found = await findDeployment(database, project, to);
    if (found) return found;
    throw notFound(`there is no deployment ${to} of ${project}`, { help: 'hera deployments lists them' });
  }
  const before = await deploymentBefore(database, project);
  if (before) return before;
  throw conflict(`there is no deployment of ${project} before the one in force`, {
    help: 'hera deployments lists them; name one: hera rollback --to DEPLOYMENT',
  });
}

/** The commit of a deployment: from the server's own repository, or from the body when that was lost. */
async function receiveTarget(
  parts: Parts,
  c: Context<ApiEnv>,
  target: DeploymentRow,
  reason: string | undefined,
): Promise<Received> {
  const { project, commit, under, dirty } = target;
  const sent = { project, commit, under: under === '' ? undefined : under };
  const received = await receiveCommit(parts, c, sent);
  const restores = { deployment: target.id, reason: reason ?? null };
  return { ...received, info: { ...received.info, dirty }, origin: { ...received.origin, branch: null, restores } };
}
