import { z } from '@hono/zod-openapi';
import { viewFreeze } from '../../control/operations/freeze.js';
import { freezesInForce, listFreezes } from '../../store/freeze.js';
import { freeze, freezePlan } from '../contract.js';
import { parseScope } from '../freeze-scope.js';
import { askerOf } from '../guard.js';
import { type Api, answers, createRoute, flag, json, type Parts, projectName, text } from '../route.js';
import { parseUntil } from '../typed-period.js';
import { deployed, withPlainPeriods } from './operations.js';

const LISTED = 200;

const scope = z.string().min(1).max(260);
const plan = z.string().max(100).nullish();
const freezeBody = z.object({
  project: projectName.optional(),
  /** `project`, `group:NAME`, `folder:PATH`, `job:ID`, or a job or folder by its name. */
  scope,
  reason: text,
  /** `2h`, or a time in the project's zone; absent: until somebody ends it. */
  until: text.nullish(),
  /** The hash of the plan that was seen: does it. Absent: only the plan is answered. */
  plan,
});
/** `scope` may also be a freeze's number. */
const unfreezeBody = z.object({ project: projectName.optional(), scope, plan });

/** What people hold back, and its end. */
export function freezeRoutes(api: Api, parts: Parts): void {
  const { database, control } = parts;
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/freezes',
      summary: 'Freezes in force, oldest first; `ended`: the last 200, those that ended too, newest first',
      request: { query: z.object({ project: projectName.optional(), ended: flag.optional() }) },
      responses: answers('The freezes.', z.object({ items: z.array(freeze) })),
    }),
    async (c) => {
      const { project, ended } = c.req.valid('query');
      const name = await parts.catalogues.projectOf(project);
      const rows = ended ? await listFreezes(database, name, LISTED) : await freezesInForce(database, name);
      return c.json({ items: rows.map(viewFreeze) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/freeze',
      summary: 'Hold back what the scheduler starts by itself: first the plan, then, named by its hash, the doing',
      request: { body: json(freezeBody) },
      responses: answers('The plan; `freezes` has what is in force once it is done.', freezePlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const answer = await control.freeze({
        ...askerOf(c),
        project: catalogue.project,
        reason: body.reason,
        target: await parseScope(database, catalogue, body.scope),
        until: body.until ? await parseUntil(database, body.until, catalogue.zone) : null,
        hash: body.plan ?? null,
      });
      return c.json(withPlainPeriods(answer), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/unfreeze',
      summary: 'End a freeze: first the plan, then, named by its hash, the doing',
      request: { body: json(unfreezeBody) },
      responses: answers('The plan; `freezes` has what was ended once it is done.', freezePlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const target = /^\d{1,18}$/.test(body.scope)
        ? { freeze: body.scope }
        : await parseScope(database, catalogue, body.scope);
      const answer = await control.unfreeze({
        ...askerOf(c),
        project: catalogue.project,
        target,
        hash: body.plan ?? null,
      });
      return c.json(withPlainPeriods(answer), 200);
    },
  );
}
