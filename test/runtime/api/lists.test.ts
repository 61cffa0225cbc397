import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { EXAMINED_MOST, listRuns, type RunFilter } from '../../../runtime/store/read-run.js';
import { plantRun } from '../../support/estate.js';
import { migrated } from '../../support/hera.js';
import type { TestDatabase } from '../../support/servers.js';

// 30 jobs with 1,500 periods each: more than one page may look at.
const JOBS = 30;
const PERIODS = 1_500;

let base: TestDatabase;
let sql: Database;
let jobs: readonly string[] = [];

beforeAll(async () => {
  base = await migrated();
  sql = openDatabase(base.url, { max: 1 });
  const { deployment } = await plantRun(sql, { script: 'true' });
  await sql`delete from turn`;
  await sql`delete from run`;
  const rows = await sql<{ id: string }[]>`
    insert into job (project, path, first_deployment)
    select 'shop', 'j/' || lpad(n::text, 2, '0'), ${deployment} from generate_series(1, ${JOBS}) as n returning id`;
  jobs = rows.map((row) => row.id);
  await sql`
    insert into run (project, job, period, workflow_id, state, trigger, evaluated_by)
    select 'shop', j, '2026-01-01'::timestamptz + p * interval '1 hour', j || '@' || p,
           case when p % 100 = 0 then 'failed' when p % 50 = 0 then 'cancelled' else 'succeeded' end,
           case when p = 3 then 'manual' else 'schedule' end, ${deployment}
    from unnest(${[...jobs]}::bigint[]) as j, generate_series(1, ${PERIODS}) as p`;
  await sql`analyze run`;
});
afterAll(async () => {
  await sql?.end({ timeout: 1 });
  await base?.drop();
});

const none = {
  project: 'shop',
  jobs: null,
  states: null,
  trigger: null,
  operation: null,
  from: null,
  to: null,
  after: null,
} as const;
const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));

/** All pages of a filter, to its end. */
async function all(filter: Partial<RunFilter>, limit = 200) {
  const seen: string[] = [];
  let pages = 0;
  let sorted = true;
  let last: readonly [number, bigint] | undefined;
  for (let after: RunFilter['after'] = null; ; pages += 1) {
    const page = await listRuns(sql, { ...none, ...filter, limit, after });
    for (const { run, period } of page.runs) {
      const key = [period.getTime(), BigInt(run)] as const;
      sorted &&= !last || key[0] < last[0] || (key[0] === last[0] && key[1] < last[1]);
      last = key;
      seen.push(run);
    }
    if (page.next === null) return { seen, pages: pages + 1, sorted };
    after = page.next;
  }
}

const countOf = async (where: ReturnType<typeof sql>) =>
  (await sql<{ n: number }[]>`select count(*)::int as n from run where ${where}`)[0]!.n;

test('the pages of every filter hold each run once, in order, and all of them', async () => {
  const range = { from: at(100), to: at(140) };
  const cases: [Partial<RunFilter>, ReturnType<typeof sql>][] = [
    [range, sql`period >= ${at(100)} and period < ${at(140)}`],
    [{ states: ['failed'] }, sql`state = 'failed'`],
    [{ states: ['failed', 'cancelled'] }, sql`state in ('failed', 'cancelled')`],
    [{ jobs: jobs.slice(0, 2) }, sql`job = any(${jobs.slice(0, 2)}::bigint[])`],
    [
      { jobs: jobs.slice(0, 5), states: ['failed'] },
      sql`job = any(${jobs.slice(0, 5)}::bigint[]) and state = 'failed'`,
    ],
    [
      { ...range, jobs: jobs.slice(0, 3), states: ['failed', 'succeeded'] },
      sql`job = any(${jobs.slice(0, 3)}::bigint[]) and state in ('failed', 'succeeded') and period >= ${at(100)} and period < ${at(140)}`,
    ],
    [{ trigger: 'manual' }, sql`trigger = 'manual'`],
  ];
  for (const [filter, where] of cases) {
    const { seen, sorted } = await all(filter);
    expect([JSON.stringify(filter), new Set(seen).size, seen.length, sorted]).toEqual([
      JSON.stringify(filter),
      await countOf(where),
      await countOf(where),
      true,
    ]);
  }
});

test('a filter without an index looks at so many rows and then answers what it has, with a cursor', async () => {
  const page = await listRuns(sql, { ...none, trigger: 'manual', limit: 50 });
  expect(page.runs).toEqual([]);
  expect(page.next).not.toBeNull();
  const { n } = (
    await sql<{ n: number }[]>`
    select count(*)::int as n from run where (period, id) >= (${page.next!.period}, ${page.next!.id})`
  )[0]!;
  expect(n).toBe(EXAMINED_MOST);
});

test('nothing is asked of the database when no job can match', async () => {
  expect(await listRuns(sql, { ...none, jobs: [], limit: 10 })).toEqual({ runs: [], next: null });
});

test('no list reads the whole table, whatever the filter', async () => {
  const filters: Partial<RunFilter>[] = [
    {},
    { states: ['failed'] },
    { jobs: jobs.slice(0, 1) },
    { from: at(100), to: at(101) },
  ];
  await sql`select pg_stat_force_next_flush()`;
  const scans = async () =>
    (await sql<{ n: number }[]>`select seq_scan::int as n from pg_stat_user_tables where relname = 'run'`)[0]!.n;
  const before = await scans();
  for (const filter of filters) await listRuns(sql, { ...none, ...filter, limit: 50 });
  await sql`select pg_stat_force_next_flush()`;
  expect(await scans()).toBe(before);
  // The count can tell: this one has no index to follow.
  await sql`select count(*) from run where state_before = 'failed'`;
  await sql`select pg_stat_force_next_flush()`;
  expect(await scans()).toBe(before + 1);
});
