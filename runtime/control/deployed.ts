import type { Job } from '../../compiler/manifest/manifest.js';
import type { Queryable } from '../store/database.js';
import { type DeployedJob, deployedJobs } from '../store/deployment.js';

/** A project as one deployment has it, in memory: it never changes, so it is read once. */
export type Deployed = Readonly<{
  project: string;
  deployment: string;
  byNumber: ReadonlyMap<string, DeployedJob>;
  byPath: ReadonlyMap<string, DeployedJob>;
  /** The same jobs as the compiler knows them. */
  jobs: ReadonlyMap<string, Job>;
}>;

// The one in force, the one before it, and one for a catch-up: more would only keep memory.
const KEPT = 3;

/** Reads deployments and keeps the last few. Two askers at once share one read. */
export class DeployedCache {
  private readonly kept = new Map<string, Promise<Deployed>>();

  read(sql: Queryable, project: string, deployment: string): Promise<Deployed> {
    const key = `${project}#${deployment}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const read = load(sql, project, deployment);
    this.kept.set(key, read);
    read.catch(() => this.kept.delete(key));
    for (const old of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(old);
    }
    return read;
  }
}

async function load(sql: Queryable, project: string, deployment: string): Promise<Deployed> {
  const rows = await deployedJobs(sql, project, deployment);
  return {
    project,
    deployment,
    byNumber: new Map(rows.map((row) => [row.number, row])),
    byPath: new Map(rows.map((row) => [row.path, row])),
    jobs: new Map(rows.map((row) => [row.path, row.body])),
  };
}
