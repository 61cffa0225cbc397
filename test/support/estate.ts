// Rows as a deployment and an admission leave them, for tests that begin where a turn is live: a project, a deployment, a job with its
// definition and script, a queued run and its turn. Each call makes another job.

import { createHash, randomBytes } from 'node:crypto';
import type { Job } from '../../compiler/manifest/manifest.js';
import { hashToken, newToken } from '../../runtime/auth/tokens.js';
import type { Database } from '../../runtime/store/database.js';
import { json } from '../../runtime/store/transaction.js';

export type PlantedRun = Readonly<{
  run: string;
  turn: number;
  job: string;
  project: string;
  workflowId: string;
  deployment: string;
}>;

export type Planting = Readonly<{
  engine?: 'shell' | 'python';
  script: string;
  /** Of the run itself: engine, options, YARN. */
  run?: Partial<Job['run']>;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  vars?: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, string | Uint8Array>>;
  machineGroup?: string;
  timeoutMs?: number;
  graceMs?: number;
  project?: string;
  zone?: string;
  period?: Date;
  /** State of the run. Default `queued`. */
  state?: 'waiting' | 'queued' | 'running';
}>;

/** Plants a run whose turn 1 is live and admitted. */
export async function plantRun(sql: Database, planting: Planting): Promise<PlantedRun> {
  const project = planting.project ?? 'shop';
  const path = `t/${randomBytes(5).toString('hex')}`;
  const period = planting.period ?? new Date('2026-11-22T18:30:00Z');
  const job = await jobOf(sql, path, planting);
  const workflowId = `${project}:${path}@${period.toISOString().replace('.000Z', 'Z')}`;
  return sql.begin(async (tx) => {
    await tx`insert into project (name) values (${project}) on conflict do nothing`;
    const [deployment] = await tx<{ id: string }[]>`
      insert into deployment (project, commit, subject, author, manifest_hash, config, changes, applied_by, in_force_at)
      values (${project}, ${'c'.repeat(40)}, 'a test', 'tester', ${path}, ${json(tx, { zone: job.zone })}, ${json(tx, {})}, 'tester', clock_timestamp())
      returning id`;
    const id = deployment!.id;
    await tx`update project set deployment = ${id} where name = ${project}`;
    const hash = sha256(JSON.stringify(job));
    await tx`insert into definition (hash, body) values (${hash}, ${json(tx, job)})`;
    const [row] = await tx<{ id: string }[]>`
      insert into job (project, path, first_deployment) values (${project}, ${path}, ${id}) returning id`;
    await tx`
      insert into job_definition (job, since, project, path, hash, enabled) values (${row!.id}, ${id}, ${project}, ${path}, ${hash}, true)`;
    const [run] = await tx<{ id: string }[]>`
      insert into run (project, job, period, workflow_id, state, trigger, evaluated_by, turn, queued_at)
      values (${project}, ${row!.id}, ${period}, ${workflowId}, ${planting.state ?? 'queued'}, 'manual', ${id}, 1, now())
      returning id`;
    await tx`
      insert into turn (run, n, trigger, deployment, definition, asked_by, admitted_at)
      values (${run!.id}, 1, 'manual', ${id}, ${hash}, 'tester', now())`;
    return { run: run!.id, turn: 1, job: path, project, workflowId, deployment: id };
  }) as Promise<PlantedRun>;
}

/** A machine token for these groups; its secret and number. */
export async function plantMachineToken(
  sql: Database,
  groups: readonly string[],
): Promise<Readonly<{ secret: string; id: string }>> {
  const { secret } = newToken('heram');
  const [row] = await sql<{ id: string }[]>`
    insert into machine_token (hash, label, machine_groups) values (${hashToken(secret)}, 'test', ${[...groups]}) returning id`;
  return { secret, id: row!.id };
}

async function jobOf(sql: Database, id: string, planting: Planting): Promise<Job> {
  const files: { name: string; sha256: string }[] = [];
  for (const [name, content] of Object.entries(planting.files ?? {}))
    files.push({ name, sha256: await plantBlob(sql, Buffer.from(content)) });
  return {
    ...{
      id,
      file: `${id}.yaml`,
      line: 1,
      title: null,
      description: null,
      alias: null,
      formerly: [],
      enabled: true,
      owner: null,
      tags: [],
    },
    ...{
      zone: planting.zone ?? 'Asia/Shanghai',
      calendar: null,
      crons: [],
      base: null,
      start: null,
      end: null,
      timetable: null,
      grain: null,
      needs: [],
    },
    run: {
      engine: planting.engine ?? 'shell',
      script: { path: null, sha256: await plantBlob(sql, Buffer.from(planting.script)) },
      args: planting.args ?? [],
      files,
      ...planting.run,
    },
    ...{ machineGroup: planting.machineGroup ?? 'default', retries: { times: 0, waitMs: 0 } },
    ...{
      timeoutMs: planting.timeoutMs ?? 60_000,
      graceMs: planting.graceMs ?? 2_000,
      expectedDurationMs: null,
      doneBy: null,
      alerts: null,
      overlap: 'wait',
      priority: 'normal',
      templates: 'native',
      batch: null,
      locale: 'en',
      weekStart: 'monday',
      params: [],
    },
    ...{
      catchUp: { policy: 'all', withinMs: 86_400_000 },
      lateAfterMs: 300_000,
      vars: [planting.vars ?? {}],
      env: planting.env ?? {},
    },
    provenance: {},
  } as Job;
}

async function plantBlob(sql: Database, bytes: Buffer): Promise<string> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  await sql`insert into blob (sha256, bytes) values (${hash}, ${bytes}) on conflict do nothing`;
  return hash;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
