import type { Job } from '../../compiler/manifest/manifest.js';
import type { Database, Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Deployments: applied commits, and which definition each job has from one until another. Only what changes is written.

export type DeploymentRow = Readonly<{
  id: string;
  project: string;
  previous: string | null;
  commit: string;
  subject: string;
  author: string;
  dirty: boolean;
  manifestHash: string;
  config: Readonly<Record<string, unknown>>;
  appliedBy: string;
  inForceAt: Date;
  /** The project's folder in its repository; `''`: the root. */
  under: string;
  branch: string | null;
  /** The earlier deployment that a rollback restored. */
  restores: string | null;
  reason: string | null;
}>;

const columns = (sql: Queryable) => sql`
  d.id, d.project, d.previous, d.commit, d.subject, d.author, d.dirty, d.manifest_hash as "manifestHash", d.config,
  d.applied_by as "appliedBy", d.in_force_at as "inForceAt", d.under, d.branch, d.restores, d.reason`;

/** The deployment in force now. */
export async function deploymentInForce(sql: Queryable, project: string): Promise<DeploymentRow | undefined> {
  const [row] = await sql<DeploymentRow[]>`
    select ${columns(sql)} from project join deployment d on d.id = project.deployment where project.name = ${project}`;
  return row;
}

/** The deployment that was in force at an instant. Locks the project's row for share: no deployment slips in before our commit. */
export async function deploymentAt(tx: Transaction, project: string, instant: Date): Promise<string | undefined> {
  await tx`select from project where name = ${project} for share`;
  const [row] = await tx<{ id: string }[]>`
    select id from deployment where project = ${project} and in_force_at <= ${instant} order by id desc limit 1`;
  return row?.id;
}

/** Makes the project if it is new, and locks it: deployments of a project come one after the other. */
export async function lockProject(tx: Transaction, project: string): Promise<string | null> {
  await tx`insert into project (name) values (${project}) on conflict do nothing`;
  const [row] = await tx<
    { deployment: string | null }[]
  >`select deployment from project where name = ${project} for update`;
  return row!.deployment;
}

/** A job as a deployment has it. */
export type DeployedJob = Readonly<{
  number: string;
  path: string;
  hash: string;
  firstDeployment: string;
  firstInForceAt: Date;
  body: Job;
}>;

/** All jobs of a project as one deployment has them, by path. */
export async function deployedJobs(
  sql: Queryable,
  project: string,
  deployment: string,
): Promise<readonly DeployedJob[]> {
  return sql<DeployedJob[]>`
    select jd.job as number, jd.path, jd.hash, definition.body, job.first_deployment as "firstDeployment",
           first.in_force_at as "firstInForceAt"
    from job_definition jd
    join definition on definition.hash = jd.hash
    join job on job.id = jd.job
    join deployment first on first.id = job.first_deployment
    where jd.project = ${project} and jd.since <= ${deployment} and (jd.until is null or jd.until > ${deployment})
    order by jd.path collate "C"`;
}

/** Numbers and paths of the jobs of a deployment. */
export async function deployedNumbers(
  sql: Queryable,
  project: string,
  deployment: string,
): Promise<readonly Readonly<{ number: string; path: string }>[]> {
  return sql<{ number: string; path: string }[]>`
    select job as number, path from job_definition
    where project = ${project} and since <= ${deployment} and (until is null or until > ${deployment})`;
}

/** Numbers and hashes of the jobs in force: what a plan compares with. */
export async function jobsInForce(
  sql: Queryable,
  project: string,
): Promise<readonly Readonly<{ number: string; path: string; hash: string; body: Job }>[]> {
  return sql<{ number: string; path: string; hash: string; body: Job }[]>`
    select jd.job as number, jd.path, jd.hash, definition.body
    from job_definition jd join definition on definition.hash = jd.hash
    where jd.project = ${project} and jd.until is null
    order by jd.path collate "C"`;
}

/** Numbers of jobs in force, by their paths. */
/** What jobs are called, by number; also those that were removed. */
export async function jobPaths(sql: Queryable, jobs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<
    { id: string; path: string }[]
  >`select id, path from job where id = any(${[...jobs]}::bigint[])`;
  return new Map(rows.map((row) => [row.id, row.path]));
}

export async function jobNumbers(
  sql: Queryable,
  project: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ number: string; path: string }[]>`
    select job as number, path from job_definition
    where project = ${project} and until is null and path = any(${[...paths]}::text[])`;
  return new Map(rows.map(({ number, path }) => [path, number]));
}

export async function insertDeployment(
  tx: Transaction,
  row: Omit<DeploymentRow, 'id' | 'inForceAt'> & Readonly<{ committedAt: Date | null; changes: unknown }>,
): Promise<string> {
  const [made] = await tx<{ id: string }[]>`
    insert into deployment (project, previous, commit, subject, author, committed_at, dirty, manifest_hash, config, changes, applied_by, in_force_at,
                            under, branch, restores, reason)
    values (${row.project}, ${row.previous}, ${row.commit}, ${row.subject}, ${row.author}, ${row.committedAt}, ${row.dirty},
            ${row.manifestHash}, ${json(tx, row.config)}, ${json(tx, row.changes)}, ${row.appliedBy}, clock_timestamp(),
            ${row.under}, ${row.branch}, ${row.restores}, ${row.reason})
    returning id`;
  return made!.id;
}

/** Puts a deployment in force, as the last act of its transaction: from the clock's reading now. */
export async function putInForce(tx: Transaction, project: string, deployment: string): Promise<Date> {
  const [row] = await tx<{ at: Date }[]>`
    update deployment set in_force_at = date_trunc('milliseconds', clock_timestamp()) where id = ${deployment} returning in_force_at as at`;
  await tx`update project set deployment = ${deployment} where name = ${project}`;
  return row!.at;
}

/** A deployment of a project. */
export async function findDeployment(sql: Queryable, project: string, id: string): Promise<DeploymentRow | undefined> {
  const [row] = await sql<DeploymentRow[]>`
    select ${columns(sql)} from deployment d where d.project = ${project} and d.id = ${id}`;
  return row;
}

/** A deployment that a rollback, still in force, took out of force. */
export type RolledBack = Readonly<{ deployment: string; commit: string; by: string; at: Date; reason: string | null }>;

/**
 * What the rollback in force took back, newest first: the deployment before it, and so on through rollbacks that followed each other.
 * Empty when what is in force is no rollback.
 */
export async function rolledBack(sql: Queryable, deployment: string): Promise<readonly RolledBack[]> {
  return sql<RolledBack[]>`
    with recursive back as (
      select * from deployment where id = ${deployment} and restores is not null
      union all
      select d.* from deployment d join back on d.id = back.previous where d.restores is not null
    )
    select undone.id as deployment, undone.commit, back.applied_by as by, back.in_force_at as at, back.reason
    from back join deployment undone on undone.id = back.previous order by undone.id desc limit 100`;
}

/** The deployment that a rollback without a name goes back to: the one before what is in force, or before what that restored. */
export async function deploymentBefore(sql: Queryable, project: string): Promise<DeploymentRow | undefined> {
  const [row] = await sql<DeploymentRow[]>`
    select ${columns(sql)}
    from project
    join deployment force on force.id = project.deployment
    join deployment origin on origin.id = coalesce(force.restores, force.id)
    join deployment d on d.id = origin.previous
    where project.name = ${project}`;
  return row;
}

/** How many jobs a project has in force. */
export async function countJobs(sql: Queryable, project: string): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from job_definition where project = ${project} and until is null`;
  return row!.n;
}

/** Stores definitions by hash; those already there stay. */
export async function insertDefinitions(
  tx: Transaction,
  rows: readonly Readonly<{ hash: string; body: Job }>[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    insert into definition (hash, body)
    select hash, body from jsonb_to_recordset(${json(tx, rows)}) as d(hash text, body jsonb)
    order by hash on conflict do nothing`;
}

/** Which of the hashes have no bytes yet. */
export async function missingBlobs(sql: Queryable, hashes: readonly string[]): Promise<readonly string[]> {
  const rows = await sql<{ sha256: string }[]>`
    select sha256 from unnest(${[...hashes]}::text[]) as wanted(sha256)
    where not exists (select from blob where blob.sha256 = wanted.sha256)`;
  return rows.map((row) => row.sha256);
}

// As one parameter a statement takes what the driver can hold in memory at ease.
const BLOBS_AT_ONCE = 500;
const BLOB_BYTES_AT_ONCE = 8 * 1024 * 1024;

/** Stores bytes by hash, many in a statement; those already there stay. */
export async function insertBlobs(
  tx: Transaction,
  blobs: readonly Readonly<{ sha256: string; bytes: Uint8Array }>[],
): Promise<void> {
  for (let from = 0; from < blobs.length; ) {
    let to = from + 1;
    for (let bytes = blobs[from]!.bytes.length; to < blobs.length && to - from < BLOBS_AT_ONCE; to += 1) {
      bytes += blobs[to]!.bytes.length;
      if (bytes > BLOB_BYTES_AT_ONCE) break;
    }
    const rows = blobs
      .slice(from, to)
      .map(({ sha256, bytes }) => ({ sha256, base64: Buffer.from(bytes).toString('base64') }));
    await tx`
      insert into blob (sha256, bytes)
      select sha256, decode(base64, 'base64') from jsonb_to_recordset(${json(tx, rows)}) as b(sha256 text, base64 text)
      order by sha256 on conflict do nothing`;
    from = to;
  }
}

/** Gives new paths their numbers; answers path → number. */
export async function insertJobs(
  tx: Transaction,
  project: string,
  deployment: string,
  jobs: readonly Readonly<{ path: string; alias: number | null }>[],
): Promise<ReadonlyMap<string, string>> {
  if (jobs.length === 0) return new Map();
  const rows = await tx<{ id: string; path: string }[]>`
    insert into job (project, path, alias, first_deployment)
    select ${project}, path, alias, ${deployment}
    from jsonb_to_recordset(${json(tx, jobs)}) as j(path text, alias int) order by path
    returning id, path`;
  return new Map(rows.map((row) => [row.path, row.id]));
}

/** Removed jobs are there again, with their numbers, under these paths. */
export async function reviveJobs(
  tx: Transaction,
  jobs: readonly Readonly<{ number: string; path: string }>[],
): Promise<void> {
  if (jobs.length === 0) return;
  await tx`
    update job set removed_in = null, path = revived.path
    from jsonb_to_recordset(${json(tx, jobs)}) as revived(number bigint, path text) where job.id = revived.number`;
}

/**
 * Gives jobs the paths and old numbers they have from now on; each keeps its own number. Paths are unique at every moment, so those that move
 * pass through a name that no job can have: they may be exchanged.
 */
export async function nameJobs(
  tx: Transaction,
  jobs: readonly Readonly<{ number: string; path: string; alias: number | null }>[],
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = tx`jsonb_to_recordset(${json(tx, jobs)}) as n(number bigint, path text, alias int)`;
  await tx`update job set path = '-/' || job.id from ${rows} where job.id = n.number and job.path <> n.path`;
  await tx`
    update job set path = n.path, alias = n.alias from ${rows}
    where job.id = n.number and (job.path <> n.path or job.alias is distinct from n.alias)`;
}

/** Ends the definitions of jobs at a deployment; `removed`: the jobs themselves are gone from it on. */
export async function endDefinitions(
  tx: Transaction,
  deployment: string,
  jobs: readonly string[],
  removed: readonly string[],
): Promise<void> {
  const all = [...jobs, ...removed];
  if (all.length === 0) return;
  await tx`update job_definition set until = ${deployment} where job = any(${all}::bigint[]) and until is null`;
  await tx`update job set removed_in = ${deployment} where id = any(${[...removed]}::bigint[])`;
}

export type NewJobDefinition = Readonly<{
  job: string;
  path: string;
  hash: string;
  timetable: string | null;
  enabled: boolean;
}>;

export async function insertJobDefinitions(
  tx: Transaction,
  project: string,
  deployment: string,
  rows: readonly NewJobDefinition[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    insert into job_definition (job, since, project, path, hash, timetable, enabled)
    select job, ${deployment}, ${project}, path, hash, timetable, enabled
    from jsonb_to_recordset(${json(tx, rows)}) as d(job bigint, path text, hash text, timetable text, enabled boolean)
    on conflict (job, since) do update set hash = excluded.hash, timetable = excluded.timetable, enabled = excluded.enabled, path = excluded.path`;
}

/** A page of the jobs that fire by a timetable in a deployment, by number. */
export async function jobsOfTimetable(
  sql: Queryable,
  timetable: string,
  deployment: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ job: string }[]>`
    select job from job_definition
    where timetable = ${timetable} and since <= ${deployment} and (until is null or until > ${deployment}) and job > ${after}
    order by job limit ${limit}`;
  return rows.map((row) => row.job);
}

export async function readDefinition(sql: Queryable, hash: string): Promise<Job | undefined> {
  const [row] = await sql<{ body: Job }[]>`select body from definition where hash = ${hash}`;
  return row?.body;
}

export async function projectNames(sql: Database): Promise<readonly string[]> {
  return (await sql<{ name: string }[]>`select name from project order by name`).map((row) => row.name);
}

/** A job that has or once had a path. `living`: it is in force, perhaps under another path. */
export type Holder = Readonly<{ number: string; living: boolean }>;

/** All jobs that ever had a path, the newest first. Removed ones count under the path they had last. */
export async function holdersOfPath(sql: Queryable, project: string, path: string): Promise<readonly Holder[]> {
  return sql<Holder[]>`
    select id as number, removed_in is null as living from job
    where project = ${project}
      and (path = ${path} or exists (
        select from job_definition jd where jd.job = job.id and jd.project = ${project} and jd.path = ${path}))
    order by id desc`;
}

/** The deployment in force of every project that has one. */
export async function deploymentsInForce(
  sql: Queryable,
): Promise<readonly Readonly<{ project: string; deployment: string }>[]> {
  return sql<{ project: string; deployment: string }[]>`
    select name as project, deployment from project where deployment is not null order by name`;
}
