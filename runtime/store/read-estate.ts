import type { Queryable } from './database.js';

// Projects, deployments, machines and operations as people read them.

export type ProjectRecord = Readonly<{
  name: string;
  deployment: string | null;
  config: Readonly<Record<string, unknown>> | null;
}>;

/** All projects by name, with the configuration of the deployment in force; at most 1,000. */
export async function listProjects(sql: Queryable): Promise<readonly ProjectRecord[]> {
  return sql<ProjectRecord[]>`
    select project.name, project.deployment, deployment.config
    from project left join deployment on deployment.id = project.deployment order by project.name limit 1000`;
}

export type DeploymentRecord = Readonly<{
  id: string;
  project: string;
  commit: string;
  subject: string;
  author: string;
  dirty: boolean;
  appliedBy: string;
  inForceAt: Date;
  branch: string | null;
  restores: string | null;
  reason: string | null;
  changes: unknown;
}>;

const deploymentColumns = (sql: Queryable) => sql`
  id, project, commit, subject, author, dirty, applied_by as "appliedBy", in_force_at as "inForceAt", branch, restores, reason,
  changes`;

/** Deployments of a project below `before` (an id; null: from the newest), newest first. */
export async function listDeployments(
  sql: Queryable,
  project: string,
  before: string | null,
  limit: number,
): Promise<readonly DeploymentRecord[]> {
  return sql<DeploymentRecord[]>`
    select ${deploymentColumns(sql)} from deployment
    where project = ${project} and id < ${before ?? '9223372036854775807'} order by id desc limit ${limit}`;
}

export async function readDeployment(sql: Queryable, id: string): Promise<DeploymentRecord | undefined> {
  const [row] = await sql<DeploymentRecord[]>`select ${deploymentColumns(sql)} from deployment where id = ${id}`;
  return row;
}

export type MachineRecord = Readonly<{
  instance: string;
  host: string;
  pid: number;
  machineGroups: readonly string[];
  version: string;
  startedAt: Date;
  renewedAt: Date;
  alive: boolean;
  facts: Readonly<Record<string, unknown>>;
  running: number;
}>;

/** Workers that were seen within a day, those alive first; silent ones stay listed. Alive: renewed within `seconds`. */
export async function listMachines(sql: Queryable, seconds: number): Promise<readonly MachineRecord[]> {
  return sql<MachineRecord[]>`
    select id as instance, host, pid, machine_groups as "machineGroups", version, started_at as "startedAt",
           renewed_at as "renewedAt", facts,
           gone_at is null and renewed_at > clock_timestamp() - ${`${seconds} seconds`}::interval as alive,
           (select count(*) from attempt where attempt.instance = worker_instance.id and attempt.state = 'live')::int as running
    from worker_instance
    where renewed_at > clock_timestamp() - interval '1 day'
    order by alive desc, host, started_at desc limit 500`;
}

export type OperationRecord = Readonly<{
  id: string;
  project: string;
  kind: string;
  askedBy: string;
  askedAt: Date;
  members: number;
  finishedAt: Date | null;
}>;

/** An operation and how many of its members are in each state. */
export async function readOperationRecord(
  sql: Queryable,
  id: string,
): Promise<(OperationRecord & Readonly<{ states: Readonly<Record<string, number>> }>) | undefined> {
  const [row] = await sql<OperationRecord[]>`
    select id, project, kind, asked_by as "askedBy", asked_at as "askedAt", members, finished_at as "finishedAt"
    from operation where id = ${id}`;
  if (!row) return undefined;
  const states = await sql<{ state: string; n: number }[]>`
    select state, count(*)::int as n from run where operation = ${id} group by state`;
  return { ...row, states: Object.fromEntries(states.map(({ state, n }) => [state, n])) };
}

export type InForce = Readonly<{ deployment: string; commit: string; config: Readonly<Record<string, unknown>> }>;

/** The commit of a project's deployment in force, and what its file says. */
export async function commitInForce(sql: Queryable, project: string): Promise<InForce | undefined> {
  const [row] = await sql<InForce[]>`
    select deployment.id as deployment, deployment.commit, deployment.config
    from project join deployment on deployment.id = project.deployment where project.name = ${project}`;
  return row;
}

/** The last definition of a job that may have been removed since: its canonical body. */
export async function lastDefinition<T>(sql: Queryable, job: string): Promise<T | undefined> {
  const [row] = await sql<{ body: T }[]>`
    select definition.body from job_definition jd join definition on definition.hash = jd.hash
    where jd.job = ${job} order by jd.since desc limit 1`;
  return row?.body;
}

/** The text of a script, at most `most` bytes of it. */
export async function scriptText(sql: Queryable, sha256: string, most: number): Promise<string | undefined> {
  const [row] = await sql<
    { bytes: Buffer }[]
  >`select substring(bytes from 1 for ${most}) as bytes from blob where sha256 = ${sha256}`;
  return row?.bytes.toString('utf8');
}
