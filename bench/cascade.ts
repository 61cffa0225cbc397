// How long the plan of a cascade takes that reaches ten thousand runs, on a real PostgreSQL with their history, beside what the database takes to look
// up the same periods and nothing else.
// `node --import tsx bench/cascade.ts`: an hourly job feeds a hundred daily ones, each behind the other in chains of ten, over a hundred days.

import type { ControlContext } from '../runtime/control/context.js';
import { applyDeployment } from '../runtime/control/deploy.js';
import { DeployedCache } from '../runtime/control/deployed.js';
import { cascade } from '../runtime/control/operations/repair/cascade.js';
import type { Database } from '../runtime/store/database.js';
import { standingsOf } from '../runtime/store/period-standing.js';
import { withPostgres } from './own-postgres.js';

const [CHAINS, LONG, DAYS] = [10, 10, 100];
const DAY = 86_400_000;
const ROUNDS = 5;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const midnight = Math.floor(Date.now() / DAY) * DAY;

const RUN = 'run: { shell: "true" }\n';
const jobName = (chain: number, n: number): string => `dw/c${chain}/j${n}`;

function files(): ReadonlyMap<string, string> {
  const jobs = Array.from({ length: CHAINS * LONG }, (_, i) => [Math.floor(i / LONG), i % LONG] as const);
  return new Map([
    ['hera.project.yaml', 'name: bench\nzone: Asia/Shanghai\n'],
    ['ods/hour.yaml', `schedule: "0 * * * *"\n${RUN}`],
    // The first of each chain carries on from its own day before: one hour of the first day reaches every day since.
    ...jobs.map(([chain, n]): [string, string] => [
      `${jobName(chain, n)}.yaml`,
      n === 0
        ? `schedule: "30 2 * * *"\nneeds: [{ job: ods/hour, periods: all }, { self: previous }]\n${RUN}`
        : `needs: [${jobName(chain, n - 1)}]\n${RUN}`,
    ]),
  ]);
}

/** Every day of every job has succeeded, in one to two minutes. */
async function plantHistory(database: Database): Promise<void> {
  await database`update deployment set in_force_at = now() - interval '200 days'`;
  await database`
    insert into run (project, job, period, workflow_id, state, trigger, evaluated_by, turn, started_at, ended_at)
    select 'bench', job.id, day, job.id || '@' || day, 'succeeded', 'schedule', 1, 1, day, day + interval '1 minute' * (1 + random())
    from job, generate_series(${new Date(midnight - DAYS * DAY)}::timestamptz - interval '5 hours 30 minutes', now(), interval '1 day') as day
    where job.path like 'dw/%'`;
  await database`insert into fact (project, job, period, state, run, turn) select project, job, period, state, id, 1 from run`;
  await database`analyze`;
}

/** On the clock, and of this process's own processor: on a busy machine only the second says something. */
async function timed<T>(work: () => Promise<T>): Promise<Readonly<{ ms: number; cpu: number; result: T }>> {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - begun, cpu: (user + system) / 1000, result };
}

async function main(database: Database): Promise<void> {
  const log = { info() {}, warn() {}, error() {} };
  const context: ControlContext = { database, deployed: new DeployedCache(), kick() {}, log, hooks: {} };
  const tree = new Map([...files()].map(([path, text]) => [path, new TextEncoder().encode(text)]));
  await applyDeployment(context, {
    tree,
    info: { commit: '1'.padStart(40, '0'), subject: 'bench', author: 'bench', committedAt: null, dirty: false },
    ...{ plannedOn: null, allowPrune: true, by: 'bench', via: 'bench', isDescendantOf: async () => true },
  });
  await plantHistory(database);
  const request = {
    ...{ project: 'bench', by: 'bench', via: 'bench', onlyFailed: false, inFlight: 'wait' as const, hash: null },
    starts: [{ job: 'ods/hour', period: new Date(midnight - DAYS * DAY - 6 * 3_600_000) }],
    limits: { folders: ['dw'], jobs: null, depth: null, until: null },
  };
  const keys = await database<
    { project: string; job: string; period: Date }[]
  >`select project, job, period from fact limit 10000`;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const floor = await timed(() => standingsOf(database, keys));
    const plan = await timed(() => cascade(context, request, async () => {}));
    const { total, estimate } = plan.result;
    say(
      `round ${round}: plan of ${total} runs ${plan.ms.toFixed(0)} ms (own processor ${plan.cpu.toFixed(0)} ms); the database alone, ${keys.length} periods ${floor.ms.toFixed(0)} ms; ` +
        `estimated ${(estimate.longestMs / 3_600_000).toFixed(1)} h of ${(estimate.workMs / 3_600_000).toFixed(1)} h of work`,
    );
  }
}

await withPostgres('cascade', 5, main);
