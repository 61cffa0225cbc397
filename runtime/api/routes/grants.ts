import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { GRANTED, isAtLeast, roleOnFolder } from '../../auth/rights.js';
import { forbidden, invalid, notFound } from '../../errors.js';
import { findAccount } from '../../store/access.js';
import { deleteGrant, findGrant, type GrantRow, listGrants, putGrant } from '../../store/grant.js';
import { inTransaction } from '../../store/transaction.js';
import { type ApiEnv, whoOf } from '../guard.js';
import { noteWrite } from '../note-write.js';
import { type Grant, grant } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, json, number, type Parts, projectName, text } from '../route.js';
import { printInstant } from '../run-view.js';

const grantBody = z.object({
  project: projectName.optional(),
  /** Its path; empty: the whole project. */
  folder: z.string().max(250),
  role: z.enum(GRANTED),
  /** One of the two: */
  account: accountName.optional(),
  team: text.optional(),
});

/** Roles on folders: owners and admins give them, everybody sees them. */
export function grantRoutes(api: Api, parts: Parts): void {
  const { database, catalogues } = parts;
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/grants',
      summary: 'Roles on folders of a project',
      request: { query: z.object({ project: projectName.optional() }) },
      responses: answers('By folder.', z.object({ items: z.array(grant) })),
    }),
    async (c) => {
      const project = await catalogues.projectOf(c.req.valid('query').project);
      return c.json({ items: (await listGrants(database, project)).map(viewGrant) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/grants',
      summary: 'Give an account or a team a role on a folder; a second one replaces the first',
      request: { body: json(grantBody) },
      responses: answers('The grant.', grant),
    }),
    async (c) => {
      const { account = null, team = null, role, ...body } = c.req.valid('json');
      if ((account === null) === (team === null)) throw invalid('a grant is for an account or for a team: name one');
      const project = await catalogues.projectOf(body.project);
      const folder = body.folder.replace(/^\/+|\/+$/g, '');
      await refuseStranger(parts, c, project, folder);
      if (account !== null && !(await findAccount(database, account)))
        throw invalid(`there is no account ${account}`, { help: 'hera user list' });
      const by = whoOf(c).account;
      const row = await inTransaction(database, async (tx) => {
        const put = await putGrant(tx, { project, folder, role, account, team, grantedBy: by });
        const body = { folder, account, team, before: put.before, after: role };
        await noteWrite(tx, c, { project, what: 'grant', subject: put.row.id, body });
        return put.row;
      });
      return c.json(viewGrant(row), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/grants/{id}',
      summary: 'Take a role on a folder back',
      request: { params: z.object({ id: number }) },
      responses: answers('Gone.', z.object({})),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const found = await findGrant(database, id);
      if (!found) throw notFound(`there is no grant ${id}`, { help: 'hera grant list' });
      const { project, folder, account, team, role } = found;
      await refuseStranger(parts, c, project, folder);
      await inTransaction(database, async (tx) => {
        if (!(await deleteGrant(tx, id))) return;
        const body = { folder, account, team, before: role, after: null };
        await noteWrite(tx, c, { project, what: 'ungrant', subject: id, body });
      });
      return c.json({}, 200);
    },
  );
}

/** Throws `forbidden` to who owns neither the folder nor everything. */
async function refuseStranger(
  { catalogues }: Parts,
  c: Context<ApiEnv>,
  project: string,
  folder: string,
): Promise<void> {
  const standing = c.get('standing');
  if (standing === undefined) return;
  const jobs = (await catalogues.of(project))?.jobs ?? [];
  const owned = jobs.map(({ path, body }) => ({ path, owner: body.owner }));
  if (isAtLeast(roleOnFolder(standing, project, folder, owned), 'owner')) return;
  throw forbidden(`${standing.account} does not own ${folder === '' ? `the project ${project}` : folder}`, {
    help: 'ask one of its owners, or an admin',
  });
}

const viewGrant = (row: GrantRow): Grant => ({ ...row, grantedAt: printInstant(row.grantedAt) });
