import { z } from '@hono/zod-openapi';
import { invalid, notFound } from '../../errors.js';
import { readAccount } from '../../store/account.js';
import { listProjects } from '../../store/read-estate.js';
import {
  deleteGroup,
  dropMember,
  listGroups,
  listMembers,
  type MemberRow,
  putGroup,
  putMember,
} from '../../store/team.js';
import { inTransaction } from '../../store/transaction.js';
import { grouped } from '../grouped.js';
import { noteWrite } from '../note-write.js';
import { oidcGroup, role, type Team, team } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, json, number, type Parts, text } from '../route.js';
import { teamsOfConfig } from '../standing.js';

const place = z.object({ team: text, account: accountName });
const groupBody = z.object({ group: text, team: text.optional(), role: role.optional() });

/** Teams: of project files, of admins, and what groups of the OpenID provider give. */
export function teamRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/teams',
      summary: 'Teams and who is in them: by the projects’ own files, by an admin, by a group of the provider',
      responses: answers('By name; those of a file with their project.', z.object({ items: z.array(team) })),
    }),
    async (c) => {
      const filed = (await listProjects(database)).flatMap(({ name, config }) =>
        Object.entries(teamsOfConfig(config)).map(([team, { title, members = [] }]) => ({
          ...{ team, project: name, title: title ?? null },
          members: members.map((account) => ({ account, source: 'file' as const })),
        })),
      );
      const items = [...filed, ...madeTeams(await listMembers(database))];
      return c.json({ items: items.sort((a, b) => (a.team < b.team ? -1 : a.team > b.team ? 1 : 0)) }, 200);
    },
  );
  for (const add of [true, false])
    api.openapi(
      createRoute({
        method: add ? 'put' : 'delete',
        path: '/api/v1/teams/{team}/members/{account}',
        summary: add ? 'Put an account into a team' : 'Take an account out of a team into which an admin put it',
        request: { params: place },
        responses: answers('Done.', z.object({})),
      }),
      async (c) => {
        const { team, account } = c.req.valid('param');
        await inTransaction(database, async (tx) => {
          if (!(await readAccount(tx, account)))
            throw notFound(`there is no account ${account}`, { help: 'hera user list' });
          const isChanged = add ? await putMember(tx, team, account) : await dropMember(tx, team, account);
          if (!add && !isChanged)
            throw notFound(`no admin has put ${account} into ${team}`, {
              help: 'who is there by the project’s file or by a group is taken out there',
            });
          const body = { account, before: !add, after: add };
          const what = add ? 'team.add' : 'team.remove';
          if (isChanged) await noteWrite(tx, c, { what, subject: team, body });
        });
        return c.json({}, 200);
      },
    );
  groupRoutes(api, database);
}

function groupRoutes(api: Api, database: Parts['database']): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/oidc-groups',
      summary: 'What groups of the OpenID provider give to who is in them',
      responses: answers('By group.', z.object({ items: z.array(oidcGroup) })),
    }),
    async (c) => c.json({ items: [...(await listGroups(database))] }, 200),
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/oidc-groups',
      summary: 'Let a group of the provider give a place in a team, or a role; from the next sign-in on',
      request: { body: json(groupBody) },
      responses: answers('The rule.', oidcGroup),
    }),
    async (c) => {
      const { group, team = null, role = null } = c.req.valid('json');
      if ((team === null) === (role === null)) throw invalid('a group gives a team or a role: name one');
      const row = await inTransaction(database, async (tx) => {
        const put = await putGroup(tx, { group, team, role });
        const body = { before: null, after: { team, role } };
        await noteWrite(tx, c, { what: 'oidc-group.set', subject: group, body });
        return put;
      });
      return c.json(row, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/oidc-groups/{id}',
      summary: 'A group gives that no more; from the next sign-in on',
      request: { params: z.object({ id: number }) },
      responses: answers('Gone.', z.object({})),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await inTransaction(database, async (tx) => {
        const was = await deleteGroup(tx, id);
        if (!was) throw notFound(`there is no such rule: ${id}`, { help: 'hera team groups' });
        const body = { before: { team: was.team, role: was.role }, after: null };
        await noteWrite(tx, c, { what: 'oidc-group.remove', subject: was.group, body });
      });
      return c.json({}, 200);
    },
  );
}

const madeTeams = (rows: readonly MemberRow[]): readonly Team[] =>
  [...grouped(rows, ({ team }) => team)].map(([team, members]) => ({
    ...{ team, project: null, title: null },
    members: members.map(({ account, source }) => ({ account, source })),
  }));
