import type { Queryable, Transaction } from './database.js';
import type { FactKey } from './fact.js';
import { json } from './transaction.js';

// Members of operations: (job, period) in the order of the plan. A row says what the plan wanted of the period and what became of that within
// the operation, also when the run has long served others.

export type MemberState =
  | 'planned'
  | 'made'
  | 'withdrawn'
  | 'left'
  | 'succeeded'
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  | 'skipped';

/** A period of an operation's plan. `action`: in the operation's own words. */
export type PlannedMember = Readonly<{ job: string; period: Date; action: string; why: string }>;

export type MemberRow = PlannedMember & Readonly<{ ord: number; state: MemberState }>;

// A hundred thousand members are written so many at once.
const AT_ONCE = 10_000;

/** Writes the members of a new operation in the order of its plan. */
export async function insertPlan(tx: Transaction, operation: string, members: readonly PlannedMember[]): Promise<void> {
  for (let from = 0; from < members.length; from += AT_ONCE) {
    const rows = members
      .slice(from, from + AT_ONCE)
      .map(({ job, period, action, why }, i) => ({ ord: from + i, job, period, action, why }));
    await tx`
      insert into member (operation, ord, job, period, action, why)
      select ${operation}, ord, job, period, action, why
      from jsonb_to_recordset(${json(tx, rows)}) as m(ord int, job bigint, period timestamptz, action text, why text)`;
  }
}

/** Members in the order of the plan, from number `from` on, at most `limit`; of one state where that is given. */
export async function memberPage(
  sql: Queryable,
  operation: string,
  { from, limit, state = null }: Readonly<{ from: number; limit: number; state?: MemberState | null }>,
): Promise<readonly MemberRow[]> {
  return sql<MemberRow[]>`
    select ord, job, period, action, why, state from member
    where operation = ${operation} and ord >= ${from} and (${state}::text is null or state = ${state})
    order by ord limit ${limit}`;
}

/** How many members of an operation are in each state. */
export async function memberStates(
  sql: Queryable,
  operation: string,
): Promise<Readonly<Partial<Record<MemberState, number>>>> {
  const rows = await sql<{ state: MemberState; n: number }[]>`
    select state, count(*)::int as n from member where operation = ${operation} group by state order by state`;
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** Notes what became of members of an operation; those that are not members of it are passed over. */
export async function moveMembers(
  tx: Transaction,
  operation: string,
  keys: readonly Pick<FactKey, 'job' | 'period'>[],
  state: MemberState,
): Promise<void> {
  if (keys.length === 0) return;
  await tx`
    update member set state = ${state}
    from jsonb_to_recordset(${json(
      tx,
      keys.map(({ job, period }) => ({ job, period })),
    )}) as k(job bigint, period timestamptz)
    where member.operation = ${operation} and member.job = k.job and member.period = k.period`;
}
