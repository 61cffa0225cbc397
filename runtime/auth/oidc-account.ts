import type { Person, Role } from '../store/access.js';
import { lockAdmins, updateAccount } from '../store/account.js';
import type { Database, Transaction } from '../store/database.js';
import { insertAudit } from '../store/event.js';
import { insertIdentity, lockIdentity } from '../store/oidc-sign-in.js';
import { listGroups, setTeamsByGroup } from '../store/team.js';
import { inTransaction } from '../store/transaction.js';
import { type Identity, refused } from './oidc.js';
import { isAtLeast } from './rights.js';

/** What the groups of an identity give. `role`: null when no rule gives it one; undefined when no rule gives roles at all. */
type Given = Readonly<{ role: Role | null | undefined; teams: readonly string[] }>;

/**
 * The account of who came back from the provider, made at the first time, with role and teams as the groups give them now. The issuer and
 * its subject name the person; the name of the account is only what it is called. Throws `forbidden` for a disabled account, a name that is
 * somebody else's, or when no role is given.
 */
export async function accountOf(database: Database, identity: Identity, defaultRole: Role | null): Promise<Person> {
  return inTransaction(database, async (tx) => {
    const given = await givenTo(tx, identity.groups);
    const found = await lockIdentity(tx, identity.issuer, identity.subject);
    if (found?.disabled) throw refused(`the account ${found.account} is disabled`, 'disabled');
    const role = given.role === undefined ? (found?.role ?? defaultRole) : (given.role ?? defaultRole);
    if (role === null) throw refused('no group of this person has a role here', 'no-role');
    const person = found ? await keepUp(tx, found, role) : await make(tx, identity, role);
    await setTeamsByGroup(tx, person.account, given.teams);
    return person;
  });
}

async function givenTo(tx: Transaction, groups: readonly string[]): Promise<Given> {
  const rules = await listGroups(tx);
  const mine = rules.filter(({ group }) => groups.includes(group));
  const roles = mine.flatMap(({ role }) => role ?? []);
  const teams = [...new Set(mine.flatMap(({ team }) => team ?? []))];
  if (!rules.some(({ role }) => role !== null)) return { role: undefined, teams };
  return { role: roles.length === 0 ? null : roles.reduce((best, one) => (isAtLeast(one, best) ? one : best)), teams };
}

/** The role follows the groups, but for the only admin: nobody could make another one. */
async function keepUp(tx: Transaction, { account, role: before }: Person, wanted: Role): Promise<Person> {
  const admins = before === 'admin' && wanted !== 'admin' ? await lockAdmins(tx) : [];
  const role = admins.length === 1 ? before : wanted;
  if (role !== before) {
    await updateAccount(tx, account, { role });
    await note(tx, account, { before: { role: before }, after: { role } });
  }
  return { account, role };
}

async function make(tx: Transaction, { issuer, subject, name, title }: Identity, role: Role): Promise<Person> {
  const account = name.includes('@') && name.length > 64 ? name.split('@')[0]! : name;
  if (!/^[\w.@-]{1,64}$/.test(account))
    throw refused(`${JSON.stringify(account.slice(0, 80))} cannot be the name of an account`, 'name');
  if (!(await insertIdentity(tx, { account, role, title, issuer, subject })))
    throw refused(`the account ${account} is somebody else's, or was not made by the provider`, 'taken');
  await note(tx, account, { before: null, after: { role, issuer } });
  return { account, role };
}

const note = (tx: Transaction, account: string, body: object): Promise<void> =>
  insertAudit(tx, { project: null, who: account, via: 'oidc', what: 'account.by-provider', subject: account, body });
