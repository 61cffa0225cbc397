import type { Job } from '../../compiler/manifest/manifest.js';
import type { Database, Queryable, Transaction } from '../store/database.js';
import { type DeployedJob, deployedJobs, readDefinition } from '../store/deployment.js';

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
// Of those that run again and again; a few kilobytes each.
const KEPT_DEFINITIONS = 500;

/** Reads deployments and keeps the last few. */
export class DeployedCache {
  private readonly reads = new Map<string, Promise<Deployed>>();
  private readonly known = new Map<string, Deployed>();
  private readonly definitions = new Map<string, Job>();

  /** Two askers at once share one read. */
  read(database: Database, project: string, deployment: string): Promise<Deployed> {
    const key = keyOf(project, deployment);
    const known = this.known.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const read = this.reads.get(key) ?? load(database, project, deployment).then((loaded) => this.keep(key, loaded));
    this.reads.set(key, read);
    return read.finally(() => this.reads.delete(key));
  }

  /**
   * The same for a transaction, by its own connection and waiting for nobody else's: those that wait for its locks may have all the others.
   */
  async readIn(tx: Transaction, project: string, deployment: string): Promise<Deployed> {
    const key = keyOf(project, deployment);
    return this.known.get(key) ?? this.keep(key, await load(tx, project, deployment));
  }

  /** The definition of this hash, which never changes either; undefined where there is none. */
  async definition(tx: Transaction, hash: string): Promise<Job | undefined> {
    const job = this.definitions.get(hash) ?? (await readDefinition(tx, hash));
    if (job !== undefined) keepNewest(this.definitions, hash, job, KEPT_DEFINITIONS);
    return job;
  }

  private keep(key: string, deployed: Deployed): Deployed {
    keepNewest(this.known, key, deployed, KEPT);
    return deployed;
  }
}

/** Keeps a value as the newest of at most so many. */
function keepNewest<T>(kept: Map<string, T>, key: string, value: T, most: number): void {
  kept.delete(key);
  kept.set(key, value);
  for (const old of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(old);
  }
}

const keyOf = (project: string, deployment: string): string => `${project}#${deployment}`;

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
