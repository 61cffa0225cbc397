import { printCursor } from '../../runtime/api/cursor.js';
import type { Database } from '../../runtime/store/database.js';
import { randomFrom } from '../soak/random.js';

/** What people and pages ask: a name, and an address for the n-th time it is asked. */
export type Question = Readonly<{ name: string; path(n: number): string }>;

const printed = (date: Date): string => date.toISOString().slice(0, 19).concat('Z');

/** Every list and page of the API, asked for other jobs, runs and periods each time, the same ones for the same seed. */
export async function questionsOn(database: Database, seed: number): Promise<readonly Question[]> {
  const random = randomFrom(seed);
  const some = await database<{ run: string; job: string; period: Date }[]>`
    select run.id as run, job.path as job, run.period from run join job on job.id = run.job
    where run.id in (select (random() * (select max(id) from run))::bigint from generate_series(1, 400))`;
  if (some.length === 0) throw new Error('there are no runs to ask for');
  const one = () => random.pick(some);
  const cursor = () => {
    const { period, run } = one();
    return printCursor([String(period.getTime()), run]);
  };
  const area = () => `dw/area${String(random.between(0, 99)).padStart(2, '0')}`;
  const runs = (query: () => string) => () => `/api/v1/runs?limit=50&${query()}`;
  const jobs = (query: () => string) => () => `/api/v1/jobs?limit=50&${query()}`;
  const questions: Readonly<Record<string, () => string>> = {
    'runs, newest': runs(() => ''),
    'runs, 200 with their attempts': () => '/api/v1/runs?limit=200&attempts=true',
    'runs, a page far back': runs(() => `cursor=${cursor()}`),
    'runs that failed': runs(() => 'state=failed'),
    'runs that failed or were cancelled, far back': runs(() => `state=failed,cancelled&cursor=${cursor()}`),
    'runs that wait': runs(() => 'state=waiting'),
    'runs of a job': runs(() => `job=${one().job}`),
    'runs of a folder': runs(() => `job=${area()}/**`),
    'runs of a folder that failed': runs(() => `job=${area()}/**&state=failed`),
    'runs of a folder, far back': runs(() => `job=${area()}/**&cursor=${cursor()}`),
    'runs of every area that end in 7': runs(() => 'job=dw/*/job*7&state=cancelled'),
    'runs by hand (there are none)': runs(() => 'trigger=manual'),
    'runs of a backfill': runs(() => 'operation=1'),
    'runs of a day': runs(() => {
      const { period } = one();
      return `from=${printed(new Date(period.getTime() - 43_200_000))}&to=${printed(period)}`;
    }),
    'a run': () => `/api/v1/runs/${one().run}`,
    'a run by its period': () => {
      const { job, period } = one();
      return `/api/v1/runs/${encodeURIComponent(`${job}@${printed(period)}`)}`;
    },
    'why a period runs': () => {
      const { job, period } = one();
      return `/api/v1/explain?job=${job}&period=${printed(period)}`;
    },
    'jobs, first page': jobs(() => ''),
    'jobs by a word': jobs(() => `q=job${random.between(100, 999)}`),
    'jobs of a folder': jobs(() => `folder=${area()}`),
    'jobs whose last run failed': jobs(() => 'state=failed'),
    'jobs of a folder by a tag': jobs(() => `folder=${area()}&tag=core`),
    'what jobs have': () => '/api/v1/jobs/facets',
    'a job': () => `/api/v1/job?job=${one().job}`,
    'the status': () => '/api/v1/status',
    alerts: () => '/api/v1/alerts',
    machines: () => '/api/v1/machines',
    deployments: () => '/api/v1/deployments',
    freezes: () => '/api/v1/freezes',
    projects: () => '/api/v1/projects',
    'a backfill': () => '/api/v1/operations/1',
  };
  return Object.entries(questions).map(([name, path]) => ({ name, path }));
}
