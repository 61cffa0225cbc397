import { z } from '@hono/zod-openapi';
import { newToken as makeSecret, makeSignInLink } from '../../auth/tokens.js';
import { forbidden, invalid, notFound } from '../../errors.js';
import {
  ensureAccount,
  findAccount,
  insertMachineToken,
  insertToken,
  listMachineTokens,
  listTokens,
  type MachineTokenRow,
  type Role,
  revokeMachineToken,
  revokeToken,
  type TokenRow,
} from '../../store/access.js';
import type { Queryable, Transaction } from '../../store/database.js';
import { insertAudit } from '../../store/event.js';
import { inTransaction } from '../../store/transaction.js';
import { SCOPES } from '../access.js';
import { machineToken, newMachineToken, newToken, signInLink, token } from '../contract.js';
import { type Who, whoOf } from '../guard.js';
import { ownerOf } from '../own.js';
import { type Api, accountName, answers, createRoute, json, type Parts, text } from '../route.js';
import { printInstant, printMaybe } from '../run-view.js';

const role = z.enum(['viewer', 'operator', 'admin']);
const id = z.object({ id: z.uuid() });
/** Tokens of people and machines, and sign-in links: made, listed, ended. Each write leaves a line in the audit. */
export function tokenRoutes(api: Api, parts: Parts): void {
  personRoutes(api, parts);
  machineRoutes(api, parts);
  linkRoute(api, parts);
}

function personRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tokens',
      summary: 'Living tokens: an admin’s view has all, everybody else’s their own',
      request: { query: z.object({ account: accountName.optional() }) },
      responses: answers('Newest first.', z.array(token)),
    }),
    async (c) => {
      const { account: named } = c.req.valid('query');
      const account = named === undefined && whoOf(c).role === 'admin' ? null : ownerOf(c, named);
      return c.json((await listTokens(database, account)).map(viewToken), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tokens',
      summary: 'Make a token; its secret is answered once. An account that is not there is made, with `role`',
      request: {
        body: json(
          z.object({
            label: text,
            account: accountName.optional(),
            role: role.optional(),
            days: z.number().int().min(1).max(3650).nullish(),
            /** To what it is narrowed; absent: to nothing. */
            scopes: z.array(z.enum(SCOPES)).min(1).nullish(),
          }),
        ),
      },
      responses: answers('The token with its secret.', newToken),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const who = whoOf(c);
      const name = ownerOf(c, body.account);
      if (body.role && who.role !== 'admin')
        throw forbidden(`${who.account} is ${who.role}; accounts are made by admins`);
      const { secret, hash } = makeSecret('hera');
      const row = await inTransaction(database, async (tx) => {
        await haveAccount(tx, name, body.role);
        const made = await insertToken(tx, {
          hash,
          account: name,
          label: body.label,
          days: body.days ?? null,
          scopes: body.scopes ?? null,
        });
        await audit(tx, who, 'token.create', made.id, {
          account: name,
          label: body.label,
          scopes: made.scopes,
          expiresAt: made.expiresAt,
        });
        return made;
      });
      return c.json({ ...viewToken(row), secret }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/tokens/{id}',
      summary: 'End a token at once',
      request: { params: id },
      responses: answers('Ended.', z.object({})),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await end(database, whoOf(c), 'token.revoke', id, (tx) =>
        revokeToken(tx, id, whoOf(c).role === 'admin' ? null : whoOf(c).account),
      );
      return c.json({}, 200);
    },
  );
}

function machineRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/machine-tokens',
      summary: 'Living machine tokens',
      responses: answers('Newest first.', z.array(machineToken)),
    }),
    async (c) => c.json((await listMachineTokens(database)).map(viewMachineToken), 200),
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/machine-tokens',
      summary: 'Make a token for workers of some machine groups; its secret is answered once',
      request: {
        body: json(
          z.object({
            label: text,
            machineGroups: z
              .array(z.string().regex(/^[\w.-]{1,64}$/))
              .min(1)
              .max(100),
            days: z.number().int().min(1).max(3650).nullish(),
          }),
        ),
      },
      responses: answers('The token with its secret.', newMachineToken),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const { secret, hash } = makeSecret('heram');
      const row = await inTransaction(database, async (tx) => {
        const made = await insertMachineToken(tx, { hash, ...body, days: body.days ?? null });
        await audit(tx, whoOf(c), 'machine-token.create', made.id, body);
        return made;
      });
      return c.json({ ...viewMachineToken(row), secret }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/machine-tokens/{id}',
      summary: 'End a machine token at once',
      request: { params: id },
      responses: answers('Ended.', z.object({})),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await end(database, whoOf(c), 'machine-token.revoke', id, (tx) => revokeMachineToken(tx, id));
      return c.json({}, 200);
    },
  );
}

function linkRoute(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/sign-in-links',
      summary: 'Make a sign-in link: it works once, for ten minutes',
      request: { body: json(z.object({ account: accountName.optional() })) },
      responses: answers('The link.', signInLink),
    }),
    async (c) => {
      const who = whoOf(c);
      const name = c.req.valid('json').account ?? who.account;
      const link = await inTransaction(database, async (tx) => {
        await haveAccount(tx, name, undefined);
        await audit(tx, who, 'sign-in-link.create', name, {});
        return makeSignInLink(tx, name);
      });
      return c.json(
        { link: link.secret, path: `/sign-in#${link.secret}`, expiresAt: printInstant(link.expiresAt) },
        200,
      );
    },
  );
}

async function haveAccount(tx: Transaction, name: string, wanted: Role | undefined): Promise<void> {
  if (wanted) await ensureAccount(tx, name, wanted);
  const found = await findAccount(tx, name);
  if (!found)
    throw invalid(`there is no account ${name}`, { help: 'give a role to make it: viewer, operator or admin' });
  if (wanted && found.role !== wanted) throw invalid(`account ${name} is ${found.role}, not ${wanted}`);
}

async function end(
  database: Parts['database'],
  who: Who,
  what: string,
  id: string,
  revoke: (sql: Queryable) => Promise<boolean>,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    if (!(await revoke(tx))) throw notFound(`there is no living token ${id}`);
    await audit(tx, who, what, id, {});
  });
}

const audit = (tx: Transaction, who: Who, what: string, subject: string, body: unknown): Promise<void> =>
  insertAudit(tx, { project: null, who: who.account, via: who.via, what, subject, body });

const viewToken = (row: TokenRow) => ({
  ...row,
  scopes: row.scopes && [...row.scopes],
  createdAt: printInstant(row.createdAt),
  expiresAt: printMaybe(row.expiresAt),
  lastUsedAt: printMaybe(row.lastUsedAt),
});

const viewMachineToken = (row: MachineTokenRow) => ({
  ...row,
  machineGroups: [...row.machineGroups],
  createdAt: printInstant(row.createdAt),
  expiresAt: printMaybe(row.expiresAt),
  lastUsedAt: printMaybe(row.lastUsedAt),
});
