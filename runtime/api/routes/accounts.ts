import { z } from '@hono/zod-openapi';
import { hashPassword, refuseWeak } from '../../auth/passwords.js';
import { conflict, notFound } from '../../errors.js';
import {
  type AccountRow,
  insertAccount,
  listAccounts,
  lockAccount,
  lockAdmins,
  removeAccount,
  updateAccount,
} from '../../store/account.js';
import type { Transaction } from '../../store/database.js';
import { endSessions } from '../../store/session.js';
import { forgetTries } from '../../store/sign-in-try.js';
import { inTransaction } from '../../store/transaction.js';
import { noteWrite } from '../note-write.js';
import { type Account, account, role } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, json, type Parts, text } from '../route.js';
import { printInstant, printMaybe } from '../run-view.js';

const password = z.string().max(1000);
const newAccount = z.object({
  account: accountName,
  role: role.default('viewer'),
  title: text.nullish(),
  /** Absent: the account signs in by a link, or by the provider. */
  password: password.optional(),
});
const change = z.object({
  role: role.optional(),
  title: text.nullish(),
  password: password.optional(),
  /** A disabled account is nobody's until it is enabled again; its sessions are over. */
  disabled: z.boolean().optional(),
  /** Takes tries at its password again at once. */
  unlock: z.boolean().optional(),
});
const named = z.object({ account: accountName });

/** Accounts as admins keep them. Each write leaves a line in the audit, without the password. */
export function accountRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/accounts',
      summary: 'Accounts by name',
      responses: answers('All of them.', z.object({ items: z.array(account) })),
    }),
    async (c) => c.json({ items: (await listAccounts(database)).map(viewAccount) }, 200),
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/accounts',
      summary: 'Add an account',
      request: { body: json(newAccount) },
      responses: answers('The account.', account),
    }),
    async (c) => {
      const { account: name, role, title = null, password: plain } = c.req.valid('json');
      if (plain !== undefined) refuseWeak(name, plain);
      const password = plain === undefined ? null : await hashPassword(plain);
      const made = await inTransaction(database, async (tx) => {
        const row = await insertAccount(tx, { account: name, role, title, password });
        if (!row) throw conflict(`there is an account ${name} already`, { help: `hera user set ${name} changes it` });
        const body = { before: null, after: told(row) };
        await noteWrite(tx, c, { what: 'account.add', subject: name, body });
        return row;
      });
      return c.json(viewAccount(made), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'patch',
      path: '/api/v1/accounts/{account}',
      summary: 'Change an account: what is absent stays. A new password or a disabled account ends its sessions',
      request: { params: named, body: json(change) },
      responses: answers('The account.', account),
    }),
    async (c) => {
      const { account: name } = c.req.valid('param');
      const { password: plain, unlock = false, ...wanted } = c.req.valid('json');
      if (plain !== undefined) refuseWeak(name, plain);
      const hashed = plain === undefined ? {} : { password: await hashPassword(plain) };
      const changed = await inTransaction(database, async (tx) => {
        const before = await lockNamed(tx, name);
        if (wanted.disabled === true || (wanted.role !== undefined && wanted.role !== 'admin'))
          await refuseLastAdmin(tx, name);
        const after = await updateAccount(tx, name, { ...wanted, ...hashed });
        if (plain !== undefined || wanted.disabled === true) await endSessions(tx, name, null);
        if (unlock || plain !== undefined) await forgetTries(tx, [`account:${name}`]);
        const body = {
          before: told(before),
          after: told(after),
          ...(plain === undefined ? {} : { password: 'set' }),
          ...(unlock && { unlock }),
        };
        await noteWrite(tx, c, { what: 'account.set', subject: name, body });
        return after;
      });
      return c.json(viewAccount(changed), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/accounts/{account}',
      summary: 'Remove an account with its tokens, sessions, teams and grants; what it did stays told',
      request: { params: named },
      responses: answers('Removed.', z.object({})),
    }),
    async (c) => {
      const { account: name } = c.req.valid('param');
      await inTransaction(database, async (tx) => {
        const before = await lockNamed(tx, name);
        await refuseLastAdmin(tx, name);
        await removeAccount(tx, name);
        const body = { before: told(before), after: null };
        await noteWrite(tx, c, { what: 'account.remove', subject: name, body });
      });
      return c.json({}, 200);
    },
  );
}

async function lockNamed(tx: Transaction, name: string): Promise<AccountRow> {
  const row = await lockAccount(tx, name);
  if (row) return row;
  throw notFound(`there is no account ${name}`, { help: 'hera user list' });
}

/** Without an admin nobody could make another one. */
async function refuseLastAdmin(tx: Transaction, name: string): Promise<void> {
  const admins = await lockAdmins(tx);
  if (admins.length === 1 && admins[0] === name)
    throw conflict(`${name} is the only admin`, { help: 'make another account admin first' });
}

const told = ({ role, title, disabled }: AccountRow) => ({ role, title, disabled });

export const viewAccount = (row: AccountRow): Account => ({
  ...row,
  createdAt: printInstant(row.createdAt),
  lastSignInAt: printMaybe(row.lastSignInAt),
});
