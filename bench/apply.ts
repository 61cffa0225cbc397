// How long a commit of ten thousand jobs takes to be planned and put in force on a real PostgreSQL, beside what the database takes for the same rows.
// `npm run bench:apply -- [--jobs 10000]`: the first deployment, the same commit with one job edited, and one default changed for all.
// The floor is one transaction that inserts the definitions' JSON as rows, in pages, and nothing else. A plan compiles the commit, and the apply after it has
// that from it, as in a server; compiling alone is measured by `bench:compile`.

import { parseArgs } from 'node:util';
import type { ControlContext, Hooks } from '../runtime/control/context.js';
import { applyDeployment } from '../runtime/control/deploy.js';
import { DeployedCache } from '../runtime/control/deployed.js';
import { planDeployment } from '../runtime/control/plan-deployment.js';
import type { Database } from '../runtime/store/database.js';
import { dailyEstate } from './estates.js';
import { withPostgres } from './own-postgres.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '10000' } } });
const JOBS = Number(values.jobs);
const PAGE = 1000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function timed<T>(work: () => Promise<T>): Promise<Readonly<{ ms: number; result: T }>> {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
}
const line = (what: string, ms: number): void => say(`${what.padEnd(60)} ${(ms / 1000).toFixed(2)} s`);

async function floor(database: Database, bodies: readonly string[]): Promise<number> {
  await database`create table floor (body jsonb not null)`;
  const { ms } = await timed(() =>
    database.begin(async (tx) => {
      for (let i = 0; i < bodies.length; i += PAGE)
        await tx`insert into floor select body::jsonb from unnest(${bodies.slice(i, i + PAGE)}::text[]) as b(body)`;
    }),
  );
  return ms;
}

const treeOf = (files: ReadonlyMap<string, string>): Map<string, Uint8Array> =>
  new Map([...files].map(([path, text]) => [path, new TextEncoder().encode(text)]));

async function main(database: Database): Promise<void> {
  const log = { info() {}, warn() {}, error() {} };
  const hooks: { -readonly [point in keyof Hooks]: Hooks[point] } = {};
  const context: ControlContext = { database, deployed: new DeployedCache(), kick() {}, log, hooks };
  let n = 0;
  let on: string | null = null;
  const put = async (files: ReadonlyMap<string, string>) => {
    n += 1;
    const tree = treeOf(files);
    const info = {
      commit: n.toString(16).padStart(40, '0'),
      subject: 'bench',
      author: 'bench',
      committedAt: null,
      dirty: false,
    };
    const told = await timed(() => planDeployment(context, { tree, info }));
    const request = {
      ...{ tree, info, plannedOn: on, allowPrune: true, by: 'bench', via: 'bench' },
      isDescendantOf: async () => true,
    };
    let lockedAt = 0;
    hooks['apply.locked'] = () => {
      lockedAt = performance.now();
    };
    let lockMs = 0;
    hooks['apply.committed'] = () => {
      lockMs = performance.now() - lockedAt;
    };
    const apply = await timed(() => applyDeployment(context, request));
    on = apply.result.deployment;
    return { plan: told.ms, apply: apply.ms, lockMs, planned: told.result.planned! };
  };
  const files = dailyEstate(JOBS);
  const first = await put(files);
  const rows = await database<{ body: unknown }[]>`select body from definition order by hash`;
  const bodies = rows.map(({ body }) => JSON.stringify(body));
  const told = (what: string, { plan, apply, lockMs }: Awaited<ReturnType<typeof put>>): void => {
    line(`plan, ${what}`, plan);
    line('apply of it', apply);
    line('  of that under the lock that ticks wait for', lockMs);
  };
  line(`floor, ${bodies.length} definitions as rows`, await floor(database, bodies));
  told('the first deployment, a cold compilation in it', first);
  const [path, text] = [...files].find(([name]) => name.endsWith('.yaml') && name.includes('job'))!;
  const one = await put(new Map(files).set(path, `${text}title: edited\n`));
  told(`${one.planned.changes.length} job changed`, one);
  const project = 'name: shop\nzone: Asia/Shanghai\ndefaults: { grace: 20s }\n';
  const all = await put(new Map(files).set('hera.project.yaml', project));
  told(`${all.planned.changes.length} jobs changed`, all);
}

await withPostgres('apply', 10, main);
