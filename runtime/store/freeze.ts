import type { Queryable, Transaction } from './database.js';

// Freezes: what people hold back for a while. One is in force until its row says that it ended; whoever relies on one has it locked for
// share, so that nobody comes to wait for a freeze while that is being ended.

export type FreezeScope = 'project' | 'folder' | 'group' | 'job' | 'chain';

/** What a freeze covers. `subject`: a folder's path, a group's name, a job's path as it was called then; empty for a project. */
export type Frozen = Readonly<{
  project: string;
  scope: FreezeScope;
  subject: string;
  job: string | null;
  /** The jobs of a chain, by number. */
  jobs?: readonly string[] | null;
}>;

export type FreezeRow = Frozen &
  Readonly<{
    id: string;
    reason: string;
    frozenBy: string;
    frozenAt: Date;
    until: Date | null;
    endedAt: Date | null;
    endedBy: string | null;
  }>;

const columns = (sql: Queryable) => sql`
  id, project, scope, subject, job, jobs, reason, frozen_by as "frozenBy", frozen_at as "frozenAt", until, ended_at as "endedAt",
  ended_by as "endedBy"`;

/** Freezes in force in some projects, locked for share. */
export async function shareFreezes(tx: Transaction, projects: readonly string[]): Promise<readonly FreezeRow[]> {
  return tx<FreezeRow[]>`
    select ${columns(tx)} from frozen where project = any(${[...projects]}) and ended_at is null order by id for share`;
}

/** Freezes in force in a project, oldest first. */
export async function freezesInForce(sql: Queryable, project: string): Promise<readonly FreezeRow[]> {
  return sql<
    FreezeRow[]
  >`select ${columns(sql)} from frozen where project = ${project} and ended_at is null order by id`;
}

/** Freezes of a project, those that ended too, newest first. */
export async function listFreezes(sql: Queryable, project: string, limit: number): Promise<readonly FreezeRow[]> {
  return sql<
    FreezeRow[]
  >`select ${columns(sql)} from frozen where project = ${project} order by id desc limit ${limit}`;
}

/** Puts a freeze in force; undefined when exactly this is frozen already. */
export async function insertFreeze(
  tx: Transaction,
  freeze: Frozen & Readonly<{ reason: string; frozenBy: string; until: Date | null }>,
): Promise<string | undefined> {
  const [row] = await tx<{ id: string }[]>`
    insert into frozen (project, scope, subject, job, jobs, reason, frozen_by, until)
    values (${freeze.project}, ${freeze.scope}, ${freeze.subject}, ${freeze.job}, ${freeze.jobs ? [...freeze.jobs] : null}::bigint[],
            ${freeze.reason}, ${freeze.frozenBy}, ${freeze.until})
    on conflict do nothing returning id`;
  return row?.id;
}

/** Ends a freeze; false when it had ended before. `due`: only if its time is over. */
export async function endFreeze(
  tx: Transaction,
  id: string,
  { by, due }: Readonly<{ by: string; due: boolean }>,
): Promise<boolean> {
  const rows = await tx`
    update frozen set ended_at = clock_timestamp(), ended_by = ${by}
    where id = ${id} and ended_at is null and (not ${due}::boolean or until <= clock_timestamp()) returning id`;
  return rows.length === 1;
}

/** An open run as a freeze meets it. */
export type Met = Readonly<{
  run: string;
  job: string;
  path: string;
  period: Date;
  state: 'waiting' | 'queued' | 'running';
  trigger: string;
  waitsOn: string | null;
}>;

/** Open runs of a project: under way first, then those that wait, newest period first; at most `limit`. */
export async function openRuns(sql: Queryable, project: string, limit: number): Promise<readonly Met[]> {
  return sql<Met[]>`
    select run.id as run, run.job, job.path, run.period, run.state, coalesce(live.trigger, run.owed, run.trigger) as trigger,
           run.waits_on as "waitsOn"
    from run join job on job.id = run.job
    left join turn live on live.run = run.id and live.ending is null
    where run.state in ('waiting', 'queued', 'running') and run.project = ${project}
    order by run.state, run.period desc, run.id limit ${limit}`;
}

/** Runs of a project that wait for a freeze, in order of their number, after `after`. */
export async function waitingForFreeze(
  sql: Queryable,
  project: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from run where project = ${project} and waits_on = 'freeze' and id > ${after} order by id limit ${limit}`;
  return rows.map((row) => row.id);
}
