// A job that ten thousand others need, and one that needs all of them: how long the control plane takes to let them go, and in what memory.
// `npm run bench:fan -- [--jobs 10000]`: real PostgreSQL, the functions that workflows ask; the hands of Temporal and workers are this
// program's, sixteen at once, so what is measured is decisions and rows alone. The floor is the same number of runs that nothing needs.

import { parseArgs } from 'node:util';
import type { ControlContext } from '../runtime/control/context.js';
import { applyDeployment } from '../runtime/control/deploy.js';
import { DeployedCache } from '../runtime/control/deployed.js';
import { lookAtJoins, startJoins } from '../runtime/control/joins.js';
import { open } from '../runtime/control/open.js';
import { sweepPages } from '../runtime/control/sender.js';
import { settle } from '../runtime/control/settle.js';
import { tickPage } from '../runtime/control/tick.js';
import type { Database } from '../runtime/store/database.js';
import { takeDue } from '../runtime/store/outbox.js';
import { withPostgres } from './own-postgres.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '10000' } } });
const JOBS = Number(values.jobs);
const HANDS = 16;
const INSTANT = '2030-01-01T00:00:00Z';

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${what.padEnd(64)} ${seconds.padStart(7)} s   ${mb(process.memoryUsage().rss)} MB\n`);
  return result;
}
const mb = (bytes: number): string => String(Math.round(bytes / 1e6)).padStart(5);

function filesOf(): ReadonlyMap<string, Uint8Array> {
  const names = Array.from({ length: JOBS }, (_, i) => `m/n${String(i).padStart(5, '0')}`);
  const run = 'run: { shell: "true" }\n';
  const texts: [string, string][] = [
    ['hera.project.yaml', 'name: shop\nzone: UTC\n'],
    ['out.yaml', `schedule: "0 0 * * *"\n${run}`],
    ...names.map((name): [string, string] => [`${name}.yaml`, `needs: [out]\n${run}`]),
    ['in.yaml', `needs: [${names.join(', ')}]\n${run}`],
    ...names.map((name): [string, string] => [`free/${name}.yaml`, `schedule: "0 0 * * *"\n${run}`]),
  ];
  return new Map(texts.map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** Opens and settles the queued runs of these jobs, many at once. */
async function workOff(context: ControlContext, like: string): Promise<void> {
  const runs = await context.database<{ id: string }[]>`
    select run.id from run join job on job.id = run.job where run.state = 'queued' and job.path like ${like} order by run.id`;
  const left = runs.map((row) => row.id);
  const hand = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      const opened = await open(context, { run, temporalRunId: 'bench' });
      if (opened.kind === 'go') await settle(context, run, opened.turn, { kind: 'exited', code: 0 });
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}

async function payPages(context: ControlContext): Promise<void> {
  while ((await sweepPages(context, await takeDue(context.database, 100, ['release', 'reevaluate']))) > 0);
}

async function expectQueued({ database }: ControlContext, like: string, count: number): Promise<void> {
  const [row] = await database<{ n: number }[]>`
    select count(*)::int as n from run join job on job.id = run.job where run.state = 'queued' and job.path like ${like}`;
  if (row!.n !== count) throw new Error(`${row!.n} of ${like} are queued, not ${count}`);
}

async function main(database: Database): Promise<void> {
  const log = { info() {}, warn() {}, error() {} };
  const context: ControlContext = { database, deployed: new DeployedCache(), kick() {}, log, hooks: {} };
  const info = { commit: 'f'.repeat(40), subject: 'bench', author: 'bench', committedAt: null, dirty: false };
  const request = { tree: filesOf(), info, plannedOn: null, allowPrune: true, by: 'bench', via: 'bench' };
  await timed(`${2 * JOBS + 2} jobs are compiled and put in force`, () =>
    applyDeployment(context, { ...request, isDescendantOf: async () => true }),
  );
  const timetables = await database<{ id: string }[]>`select id from timetable`;
  await timed('the tick makes and admits their runs', async () => {
    for (const { id } of timetables) while (!(await tickPage(context, { timetable: id, instant: INSTANT })));
  });
  await timed(`floor: ${JOBS} runs that nothing needs are opened and settled`, () => workOff(context, 'free/%'));
  await timed(`the one that ${JOBS} need is settled, and lets go the first 500`, () => workOff(context, 'out'));
  await timed('the pages let go the others', () => payPages(context));
  await expectQueued(context, 'm/%', JOBS);
  const joins = startJoins(context);
  await timed(`the ${JOBS} that one needs are opened and settled`, () => workOff(context, 'm/%'));
  await joins.stop();
  await timed('what that leaves to be looked at', async () => {
    while ((await lookAtJoins(context)) > 0);
    await payPages(context);
  });
  await expectQueued(context, 'in', 1);
}

await withPostgres('fan', HANDS, main);
