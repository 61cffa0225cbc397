import type { Queryable, Transaction } from './database.js';
import type { FactKey } from './fact.js';
import { json } from './transaction.js';

// Members of operations: (job, period) in the order of the plan. A row says what the plan wanted of the period and what became of that within
// the operation, also when the run has long served others.

/** The action of a member that awaits all its needs, those too that are outside of its operation; others await members only. */
export const RUN_AFTER_NEEDS = 'run after its needs';

/** The action of a member whose run is under way and is cancelled first. */
export const CANCEL_AND_RUN = 'cancel and run';

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

export type MemberRow = PlannedMember & Readonly<{ ord: number; state: MemberState; former: Former | null }>;

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

const columns = (sql: Queryable) => sql`
  member.ord, member.job, member.period, member.action, member.why, member.state, member.former`;

/** Members in the order of the plan, from number `from` on, at most `limit`; of one state where that is given. */
export async function memberPage(
  sql: Queryable,
  operation: string,
  { from, limit, state = null }: Readonly<{ from: number; limit: number; state?: MemberState | null }>,
): Promise<readonly MemberRow[]> {
  return sql<MemberRow[]>`
    select ${columns(sql)} from member
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

/** Notes what became of members of an operation that is not finished; those that are not members of it are passed over. */
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
    join operation on operation.id = ${operation} and operation.finished_at is null
    where member.operation = operation.id and member.job = k.job and member.period = k.period`;
}

/** What a member's run was and owed before. */
export type Former = Readonly<{ state: string; owed: string | null; reasons: readonly unknown[] }>;

/**
 * Locked runs become members: what they were and owed is kept with their rows, and the operation that had them before is told that they
 * have left it. A second call keeps the first.
 */
export async function joinMembers(tx: Transaction, operation: string, keys: readonly FactKey[]): Promise<void> {
  const rows = json(
    tx,
    keys.map(({ project, job, period }) => ({ project, job, period })),
  );
  await tx`
    update member set state = 'left'
    from jsonb_to_recordset(${rows}) as k(project text, job bigint, period timestamptz)
    join run on run.project = k.project and run.job = k.job and run.period = k.period
    where run.operation <> ${operation} and member.operation = run.operation
      and member.job = k.job and member.period = k.period and member.state = 'made'`;
  await tx`
    update member
    set state = 'made', former = coalesce(member.former, jsonb_build_object(
      'state', run.state, 'reasons', run.reasons, 'owed', case when run.operation is null then run.owed end))
    from jsonb_to_recordset(${rows}) as k(project text, job bigint, period timestamptz)
    left join run on run.project = k.project and run.job = k.job and run.period = k.period
    where member.operation = ${operation} and member.job = k.job and member.period = k.period and member.state = 'planned'`;
}

/** The member of an operation for a period, as it was before; undefined when it is none. */
export async function formerOf(
  sql: Queryable,
  operation: string,
  { job, period }: Pick<FactKey, 'job' | 'period'>,
): Promise<Former | undefined> {
  const [row] = await sql<{ former: Former | null }[]>`
    select former from member where operation = ${operation} and job = ${job} and period = ${period}`;
  return row?.former ?? undefined;
}

/** The runs among `runs` that are members of an operation and await all their needs. */
export async function membersAfterNeeds(
  sql: Queryable,
  operation: string,
  runs: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ id: string }[]>`
    select run.id from run
    join member on member.operation = ${operation} and member.job = run.job and member.period = run.period
    where run.id = any(${[...runs]}::bigint[]) and member.action = ${RUN_AFTER_NEEDS}`;
  return new Set(rows.map((row) => row.id));
}

/** Which of these are members of an operation, as `<job>@<period in ms>`; who was withdrawn is none any more. */
export async function membersAmong(
  sql: Transaction,
  operation: string,
  keys: readonly Pick<FactKey, 'job' | 'period'>[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await sql<{ job: string; period: Date }[]>`
    select member.job, member.period
    from jsonb_to_recordset(${json(
      sql,
      keys.map(({ job, period }) => ({ job, period })),
    )}) as k(job bigint, period timestamptz)
    join member on member.operation = ${operation} and member.job = k.job and member.period = k.period and member.state <> 'withdrawn'`;
  return new Set(rows.map((row) => `${row.job}@${row.period.getTime()}`));
}

/** The highest period of some jobs among the members of an operation, by number. */
export async function highestMembers(
  sql: Queryable,
  operation: string,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (jobs.length === 0) return new Map();
  const rows = await sql<{ job: string; period: Date }[]>`
    select job, max(period) as period from member
    where operation = ${operation} and job = any(${[...jobs]}::bigint[]) and state <> 'withdrawn' group by job`;
  return new Map(rows.map((row) => [row.job, row.period]));
}

/** What became of the members of a finished operation that nobody told: by their runs, or left where these serve another one. */
export async function closeMembers(tx: Transaction, operation: string): Promise<void> {
  await tx`
    update member set state = case when run.operation is distinct from member.operation then 'left' else run.state end
    from run, operation
    where member.operation = ${operation} and member.state = 'made' and operation.id = member.operation
      and run.project = operation.project and run.job = member.job and run.period = member.period`;
}

/** Members that have not ended, in the order of the plan. */
export async function openMembersOf(sql: Queryable, operation: string): Promise<readonly MemberRow[]> {
  return sql<MemberRow[]>`
    select ${columns(sql)} from member where operation = ${operation} and state in ('planned', 'made') order by ord`;
}

/** Failed members whose periods still stand so, in the order of the plan: those that another round would run. */
export async function failedMembers(sql: Queryable, operation: string): Promise<readonly MemberRow[]> {
  return sql<MemberRow[]>`
    select ${columns(sql)}
    from member
    join operation on operation.id = member.operation
    join fact on fact.project = operation.project and fact.job = member.job and fact.period = member.period
    where member.operation = ${operation} and member.state in ('failed', 'timed_out') and fact.state in ('failed', 'timed_out')
    order by member.ord`;
}

/** These members are to be made anew. */
export async function planAgain(tx: Transaction, operation: string, ords: readonly number[]): Promise<void> {
  await tx`
    update member set state = 'planned', former = null where operation = ${operation} and ord = any(${[...ords]}::int[])`;
}

/** The jobs of an operation's members, by number. */
export async function memberJobs(sql: Queryable, operation: string): Promise<readonly string[]> {
  const rows = await sql<{ job: string }[]>`select distinct job from member where operation = ${operation}`;
  return rows.map((row) => row.job);
}
