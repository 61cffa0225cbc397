import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../runtime/api/client.js';
import type { Planned } from '../../runtime/api/contract.js';
import { makeBundle } from '../../runtime/git/bundle.js';
import { type ApiForTests, openApi } from '../support/api.js';
import { type Hera, startHera } from '../support/hera.js';
import { newRepository } from '../support/repository.js';

// What a plan knows of the world: what is in force, the runs it meets, what git says was renamed, and the scripts that are stored.

const { path: repo, git, commit } = newRepository(mkdtempSync(join(tmpdir(), 'hera-plan-')));
let hera: Hera;
let api: ApiForTests;
let client: Client;

async function plan(hash: string): Promise<Planned> {
  const { planned, diagnostics } = await client.plan({
    project: 'shop',
    commit: hash,
    bundle: await makeBundle(repo, hash),
  });
  if (!planned) throw new Error(JSON.stringify(diagnostics));
  return planned;
}

async function apply(hash: string): Promise<void> {
  const { on } = await plan(hash);
  await client.apply({ project: 'shop', commit: hash, bundle: await makeBundle(repo, hash) }, on, true);
}

beforeAll(async () => {
  hera = await startHera({ worker: false });
  api = await openApi(hera);
  const { app } = api;
  client = createClient({
    url: 'http://127.0.0.1:8080',
    token: api.tokens.admin,
    fetch: async (request) => app.fetch(request),
  });
  await apply(
    commit(
      {
        'hera.project.yaml': 'name: shop\nzone: UTC\n',
        'ods/orders.yaml': 'schedule: "30 2 * * *"\nrun: { shell: { file: ./orders.sh } }\n',
        'ods/orders.sh': 'one\ntwo\nthree\n',
        'dw/report.yaml': 'needs: [ods/orders]\nrun: { shell: "true" }\n',
        'dw/weekly.yaml': 'needs: [report]\nschedule: "30 5 * * *"\nrun: { shell: "true" }\n'.replace(
          'report',
          'dw/report',
        ),
      },
      'First',
    ),
  );
});
afterAll(async () => {
  await api.stop();
  await hera.stop();
  rmSync(repo, { recursive: true });
});

test('lines of a script are counted, and who is reached is told level by level', async () => {
  const planned = await plan(commit({ 'ods/orders.sh': 'one\n2\n3\nfour\n' }, 'Other lines'));
  expect(planned.changes).toMatchObject([
    { job: 'ods/orders', categories: ['script'], script: { path: 'ods/orders.sh', added: 3, removed: 2 }, next: null },
  ]);
  expect(planned.levels).toEqual([
    { level: 1, count: 1, jobs: ['dw/report'] },
    { level: 2, count: 1, jobs: ['dw/weekly'] },
  ]);
  expect((await plan(git('rev-parse', 'HEAD'))).hash).toBe(planned.hash);
});

test('a change of the project file alone is told, with what differs', async () => {
  const settings = 'name: shop\nzone: UTC\n';
  const planned = await plan(
    commit({ 'hera.project.yaml': `${settings}machineGroups: [default, hadoop]\n` }, 'A group'),
  );
  expect(planned.projectChanges).toEqual([
    { field: 'machineGroups', before: ['default'], after: ['default', 'hadoop'] },
  ]);
  commit({ 'hera.project.yaml': settings }, 'No group');
});

test('a job that changes through a helper names it; one whose own file changes does not', async () => {
  const head = "import { minutes } from './_shared.js';\nimport { defineJob, shell } from 'hera';\n";
  const ts = (name: string) => `${head}export default defineJob({ timeout: minutes, run: shell('${name}') });\n`;
  const helpers = (minutes: number) => ({
    'ts/_shared.ts': "export { minutes } from './_deep.js';\n",
    'ts/_deep.ts': `export const minutes = '${minutes}m';\n`,
  });
  await apply(commit({ ...helpers(5), 'ts/a.ts': ts('a'), 'ts/b.ts': ts('b') }, 'Helpers'));
  const planned = await plan(commit({ ...helpers(7), 'ts/b.ts': `${ts('b')}// own\n`, 'dw/other.txt': 'x' }, 'Deep'));
  const throughOf = ({ changes }: Planned) => changes.map(({ job, through }) => [job, through]);
  const told = [
    ['ts/a', ['ts/_deep.ts']],
    ['ts/b', []],
  ];
  expect(throughOf(planned)).toEqual(told);
  // What was done says the same as what would be done, forwards and back.
  const commitId = git('rev-parse', 'HEAD');
  const bundle = await makeBundle(repo, commitId);
  const done = await client.apply({ project: 'shop', commit: commitId, bundle }, planned.on, true);
  expect(throughOf(done.planned)).toEqual(told);
  const back = await client.planRollback({ project: 'shop' });
  expect(throughOf(back.planned!)).toEqual(told);
  const restored = await client.rollback({
    ...{ project: 'shop', to: back.to, bundle: null },
    ...{ plannedOn: back.planned!.on!, allowPrune: false },
  });
  expect(throughOf(restored.planned)).toEqual(told);
  commit(helpers(5), 'Back');
});

test('an optional need of no job is told and keeps nothing from being deployed', async () => {
  const hash = commit(
    { 'dw/late.yaml': 'needs: [{ job: ods/none, optional: true }]\nschedule: "0 9 * * *"\nrun: { shell: "true" }\n' },
    'Idle',
  );
  expect((await plan(hash)).diagnostics).toMatchObject([{ code: 'HERA2014', severity: 'warning' }]);
  await apply(hash);
  expect(await client.job('dw/late', 'shop')).toMatchObject({ job: 'dw/late', needs: [{ job: 'ods/none' }] });
});

test('runs that wait are told: those that are evaluated anew, and those whose job or tick is gone', async () => {
  const [{ id: deployment } = { id: '' }] = await hera.database<
    { id: string }[]
  >`select max(id) as id from deployment`.then((rows) => [...rows]);
  for (const [path, period] of [
    ['dw/report', '2026-11-20T02:30:00Z'],
    ['dw/report', '2026-11-21T02:30:00Z'],
    ['dw/weekly', '2026-11-20T05:30:00Z'],
  ] as const)
    await hera.database`
      insert into run (project, job, period, workflow_id, state, owed, trigger, evaluated_by, waits_on)
      select 'shop', id, ${period}, 'shop:' || path || '@' || ${period}::text, 'waiting', 'schedule', 'schedule', ${deployment}, 'need'
      from job where path = ${path}`;
  const moved = await plan(
    commit({ 'dw/weekly.yaml': 'needs: [dw/report]\nschedule: "45 5 * * *"\nrun: { shell: "true" }\n' }, 'Later'),
  );
  expect(moved.waiting).toMatchObject({ reevaluated: 2, more: false, skipped: [{ job: 'dw/weekly', why: 'no-tick' }] });
  rmSync(join(repo, 'dw/weekly.yaml'));
  const removed = await plan(
    commit({ 'dw/report.yaml': 'enabled: false\nneeds: [ods/orders]\nrun: { shell: "true" }\n' }, 'Closed'),
  );
  expect(removed.waiting.skipped.map(({ job, why }) => `${job} ${why}`).sort()).toEqual([
    'dw/report closed',
    'dw/report closed',
    'dw/weekly removed',
  ]);
});

test('a file that git takes for renamed is told with the word that keeps its history, and no more when that is written', async () => {
  renameSync(join(repo, 'ods/orders.yaml'), join(repo, 'ods/sales.yaml'));
  const files = { 'dw/report.yaml': 'needs: [ods/sales]\nrun: { shell: "true" }\n' };
  const planned = await plan(commit(files, 'Sales'));
  expect(planned.changes.map(({ job, kind }) => `${kind} ${job}`)).toContain('add ods/sales');
  const told = planned.warnings.filter(({ kind }) => kind === 'renamed-file');
  expect(told).toMatchObject([{ job: 'ods/sales', help: 'write `formerly: [ods/orders]` into `ods/sales.yaml`' }]);
  const kept = await plan(
    commit(
      { 'ods/sales.yaml': 'formerly: [ods/orders]\nschedule: "30 2 * * *"\nrun: { shell: { file: ./orders.sh } }\n' },
      'Formerly',
    ),
  );
  expect(kept.changes.find(({ job }) => job === 'ods/sales')).toMatchObject({ kind: 'change', was: 'ods/orders' });
  expect(kept.warnings.filter(({ kind }) => kind === 'renamed-file')).toEqual([]);
});
