import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import { parseFolder } from '../../git/read-tree.js';
import { parseBranch, parseRemote } from '../../git/remote.js';
import { insertAudit } from '../../store/event.js';
import { deleteSource, listSources, putSource, readSource, type SourceRow } from '../../store/source.js';
import { inTransaction } from '../../store/transaction.js';
import { drift, type Source, source } from '../deploy-contract.js';
import { whoOf } from '../guard.js';
import { noteWrite } from '../note-write.js';
import { type Api, answers, createRoute, json, type Parts, projectName } from '../route.js';
import { printInstant, printMaybe } from '../run-view.js';

const setBody = z.object({
  project: projectName,
  /** A path or address that the server itself can read; null: it reads none. */
  repository: z.string().max(1000).nullable(),
  branch: z.string().max(200),
  under: z.string().max(500).default(''),
});
const oneProject = { query: z.object({ project: projectName }) };

/** From which branch each project is deployed, what the last look at it found, and what drifted from what is deployed. */
export function sourceRoutes(api: Api, parts: Parts): void {
  const { database, control, branches, catalogues } = parts;
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/sources',
      summary: 'The branch each project is deployed from, and whether it is in force',
      responses: answers('All of them, by project.', z.array(source)),
    }),
    async (c) => c.json((await listSources(database)).map(viewSource), 200),
  );
  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/v1/sources',
      summary: 'Say from which branch a project is deployed; no other may from then on',
      request: { body: json(setBody) },
      responses: answers('As it is now, looked at once.', source),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const who = whoOf(c);
      const wanted = {
        project: body.project,
        repository: body.repository === null ? null : parseRemote(body.repository),
        branch: parseBranch(body.branch),
        under: body.under === '' ? '' : parseFolder(body.under),
      };
      await inTransaction(database, async (tx) => {
        await putSource(tx, { ...wanted, setBy: who.account });
        const line = { who: who.account, via: who.via, what: 'source-set', subject: null, body: wanted };
        await insertAudit(tx, { project: body.project, ...line });
      });
      return c.json(viewSource(await branches.look(body.project)), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/sources',
      summary: 'Let any branch deploy a project again',
      request: oneProject,
      responses: answers('Done.', z.object({})),
    }),
    async (c) => {
      const { project } = c.req.valid('query');
      const who = whoOf(c);
      const removed = await inTransaction(database, async (tx) => {
        const line = { who: who.account, via: who.via, what: 'source-remove', subject: null, body: {} };
        const had = await deleteSource(tx, project);
        if (had) await insertAudit(tx, { project, ...line });
        return had;
      });
      if (!removed) throw notFound(`no branch is set for ${project}`);
      return c.json({}, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/sources/check',
      summary: 'Compare the branch with what is in force now, and apply what is newer',
      request: oneProject,
      responses: answers('What was found.', source),
    }),
    async (c) => c.json(viewSource(await branches.look(c.req.valid('query').project, true)), 200),
  );
  for (const heal of [false, true])
    api.openapi(
      createRoute({
        method: heal ? 'post' : 'get',
        path: '/api/v1/drift',
        summary: heal
          ? 'Make schedules in Temporal as they were deployed'
          : 'Schedules in Temporal that are not as deployed, and whether the branch is in force',
        request: { query: z.object({ project: projectName.optional() }) },
        responses: answers('What is not as it should be (healed: what was not).', drift),
      }),
      async (c) => {
        const project = await catalogues.projectOf(c.req.valid('query').project);
        if (heal)
          await inTransaction(database, (tx) =>
            noteWrite(tx, c, { project, what: 'drift-heal', subject: project, body: {} }),
          );
        const mine = (await control.drift(heal)).filter(({ id }) => id.startsWith(`${project}/`));
        const found = await readSource(database, project);
        const looked = found && viewSource(found.repository === null ? found : await branches.look(project));
        const schedules = mine.map((one) => ({ ...one, what: [...one.what] }));
        const isBehind = looked !== undefined && looked.repository !== null && looked.state !== 'in-force';
        return c.json({ project, schedules, source: looked ?? null, drifted: schedules.length > 0 || isBehind }, 200);
      },
    );
}

const viewSource = ({ setAt, since, lookedAt, deployment: _, ...row }: SourceRow): Source => ({
  ...row,
  setAt: printInstant(setAt),
  since: printInstant(since),
  lookedAt: printMaybe(lookedAt),
});
