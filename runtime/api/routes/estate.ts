import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import {
  type DeploymentRecord,
  listDeployments,
  listMachines,
  type OperationRecord,
  readOperationRecord,
} from '../../store/read-estate.js';
import { backfillProgress, type Deployment, deployment, machine, page } from '../contract.js';
import { type Api, answers, createRoute, limit, number, type Parts, projectName } from '../route.js';
import { printInstant, printMaybe } from '../run-view.js';

/** Deployments, machines, and how far an operation is. */
export function estateRoutes(api: Api, { database, catalogues, aliveSeconds }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/deployments',
      summary: 'Applied commits, newest first',
      request: {
        query: z.object({ project: projectName.optional(), limit: limit(50, 200), cursor: number.optional() }),
      },
      responses: answers('A page of deployments.', page(deployment)),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const project = await catalogues.projectOf(query.project);
      const found = await listDeployments(database, project, query.cursor ?? null, query.limit + 1);
      const items = found.slice(0, query.limit).map(viewDeployment);
      return c.json({ items, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/machines',
      summary: 'Workers seen within a day, the silent ones too',
      request: { query: z.object({ project: projectName.optional() }) },
      responses: answers('Those alive first.', page(machine)),
    }),
    async (c) => {
      const found = await listMachines(database, aliveSeconds);
      const items = found.map((row) => ({
        ...row,
        machineGroups: [...row.machineGroups],
        startedAt: printInstant(row.startedAt),
        renewedAt: printInstant(row.renewedAt),
      }));
      return c.json({ items, next: null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/operations/{id}',
      summary: 'An operation and the states of its members',
      request: { params: z.object({ id: number }) },
      responses: answers('How far it is.', backfillProgress),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const found = await readOperationRecord(database, id);
      if (!found) throw notFound(`there is no operation ${id}`);
      return c.json(viewOperation(found), 200);
    },
  );
}

const count = z
  .object({ added: z.number(), changed: z.number(), removed: z.number() })
  .catch({ added: 0, changed: 0, removed: 0 });

const viewDeployment = ({ changes, inForceAt, ...row }: DeploymentRecord): Deployment => ({
  ...row,
  inForceAt: printInstant(inForceAt),
  changes: count.parse(changes),
});

const viewOperation = (row: OperationRecord & Readonly<{ states: Readonly<Record<string, number>> }>) => ({
  operation: row.id,
  askedBy: row.askedBy,
  askedAt: printInstant(row.askedAt),
  members: row.members,
  states: { ...row.states },
  finishedAt: printMaybe(row.finishedAt),
});
