import { renameSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Cli, openCli } from '../cli/hera.js';
import { type Bare, openBare } from '../support/bare.js';
import { openServer, type ServerForTests } from '../support/server.js';

// The server's own comparison of a branch with what is in force. Rounds are asked for (`source check`), or run every 100 ms in one test.

let server: ServerForTests;
let cli: Cli;
let bare: Bare;
let project = '';
let number = 0;

beforeAll(async () => {
  server = await openServer({ followMs: 3_600_000 });
  cli = openCli();
});
afterAll(async () => {
  cli.close();
  await server.stop();
});
beforeEach(() => {
  project = `p${++number}`;
  bare = openBare();
});
afterEach(() => bare.close());

const job = (more = '') => `schedule: "30 2 * * *"\nrun: { shell: "true" }\n${more}`;
const files = (more: Readonly<Record<string, string | null>> = {}) => ({
  'hera.project.yaml': `name: ${project}\nzone: UTC\n`,
  'a.yaml': job(),
  ...more,
});
const push = async (more: Readonly<Record<string, string | null>> = {}): Promise<string> => {
  const commit = bare.clone.commit(files(more));
  expect((await bare.clone.push()).code).toBe(0);
  return commit;
};
const set = (repository: string | null = bare.path, branch = 'main') =>
  server.client.setSource({ project, repository, branch, under: '' });
const check = () => server.client.checkSource(project);
const inForce = async () => (await server.client.deployments({ project, limit: 1 })).items[0];
const alarms = async () =>
  (
    await server.database<
      { what: string }[]
    >`select what from audit where project = ${project} and what like 'source-%' and who = 'hera' order by id`
  ).map(({ what }) => what);
const hera = (...args: string[]) => cli.run(args, { cwd: bare.clone.path, env: server.env });

test('what a branch has is put in force when its repository is set, and what is pushed later at the next look', async () => {
  const first = await push();
  expect(await set()).toMatchObject({ state: 'in-force', commit: first, reason: null });
  const second = await push({ 'b.yaml': job() });
  expect(await check()).toMatchObject({ state: 'in-force', commit: second });
  expect(await inForce()).toMatchObject({ commit: second, appliedBy: 'hera', branch: 'main' });
  expect(await alarms()).toEqual([]);
});

test('a broken commit is alarmed once, with its reason, and is no news any more when it is mended', async () => {
  const good = await push();
  await set();
  const bad = await push({ 'a.yaml': job('needs: [nope]\n') });
  expect(await check()).toMatchObject({
    state: 'broken',
    commit: bad,
    reason: expect.stringMatching(/does not compile: a\.yaml:3.*nope/),
  });
  const { since } = await check();
  expect((await check()).since).toBe(since);
  expect([await alarms(), (await inForce())?.commit]).toEqual([['source-broken'], good]);
  const doctor = await hera('doctor', '--json');
  expect(doctor.json<{ what: string }[]>()).toContainEqual(
    expect.objectContaining({ what: `branch of ${project}`, state: 'wrong', detail: expect.stringContaining('nope') }),
  );
  const mended = await push({ 'a.yaml': job() });
  expect(await check()).toMatchObject({ state: 'in-force', commit: mended, reason: null });
});

test('a repository or a branch that is away is alarmed, production stays, and it is well again by itself', async () => {
  const commit = await push();
  await set();
  renameSync(bare.path, `${bare.path}.away`);
  expect(await check()).toMatchObject({ state: 'unreachable', commit });
  expect(await check()).toMatchObject({ state: 'unreachable' });
  renameSync(`${bare.path}.away`, bare.path);
  expect(await check()).toMatchObject({ state: 'in-force', commit });
  expect([await alarms(), (await inForce())?.commit]).toEqual([['source-unreachable'], commit]);
  expect(await set(bare.path, 'nobody')).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('has no branch nobody'),
  });
});

test('what was rolled back on purpose is told as that and not applied again; the next commit is', async () => {
  await push();
  await set();
  const bad = await push({ 'a.yaml': job('tags: [bad]\n') });
  await check();
  const rolled = await hera('rollback', '--project', project, '--reason', 'it was bad', '--yes');
  expect([rolled.code, rolled.stdout]).toEqual([0, expect.stringContaining('is in force again')]);
  expect(await check()).toMatchObject({
    state: 'rolled-back',
    commit: bad,
    reason: expect.stringMatching(/by ada.*it was bad/),
  });
  expect((await inForce())?.commit).not.toBe(bad);
  expect(await alarms()).toEqual(['source-rolled-back']);
  const drift = await hera('drift', '--project', project, '--detailed-exitcode');
  expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining('rolled back on purpose by ada')]);
  const mended = await push({ 'a.yaml': job('tags: [mended]\n') });
  expect(await check()).toMatchObject({ state: 'in-force', commit: mended });
});

test('a commit that removes too much, or is another project’s, waits for a person', async () => {
  await push({ 'b.yaml': job(), 'c.yaml': job(), 'd.yaml': job() });
  await set();
  const few = await push({ 'b.yaml': null, 'c.yaml': null, 'd.yaml': null });
  expect(await check()).toMatchObject({
    state: 'refused',
    commit: few,
    reason: expect.stringContaining('would remove 3 of 4 jobs'),
  });
  expect((await hera('apply')).code).toBe(1);
  expect((await hera('apply', '--allow-prune')).code).toBe(0);
  expect(await check()).toMatchObject({ state: 'in-force', commit: few });
  await push({ 'hera.project.yaml': 'name: stranger\nzone: UTC\n' });
  expect(await check()).toMatchObject({ state: 'refused', reason: `the commit's project is stranger, not ${project}` });
  expect(await alarms()).toEqual(['source-refused', 'source-refused']);
});

test('only commits of the branch, as its repository has it, may be applied by hand', async () => {
  await push();
  await set();
  const local = bare.clone.commit({ 'b.yaml': job() });
  const early = await hera('apply');
  expect([early.code, early.stderr]).toEqual([1, expect.stringMatching(/is not on main of .*\n.*push it there/)]);
  bare.clone.git('checkout', '--quiet', '-b', 'side');
  const side = await hera('apply');
  expect([side.code, side.stderr]).toEqual([1, expect.stringContaining('not on main')]);
  bare.clone.git('checkout', '--quiet', 'main');
  await bare.clone.push();
  expect((await hera('apply')).code).toBe(0);
  expect((await inForce())?.commit).toBe(local);
});

test('where the server reads no repository, the branch that is named decides', async () => {
  await push();
  await server.client.setSource({ project, repository: null, branch: 'main', under: '' });
  bare.clone.git('checkout', '--quiet', '-b', 'side');
  const side = await hera('apply');
  expect([side.code, side.stderr]).toEqual([
    1,
    expect.stringContaining(`only branch main deploys ${project}; this is side`),
  ]);
  bare.clone.git('checkout', '--quiet', '--detach');
  expect((await hera('apply')).stderr).toContain('this commit names no branch');
  const ci = await cli.run(['apply'], {
    cwd: bare.clone.path,
    env: { ...server.env, GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' },
  });
  expect(ci.code).toBe(0);
});

test('sync applies a branch from elsewhere, and says why it does not', async () => {
  const commit = await push();
  const once = await hera('sync', bare.path, '--once', '--json');
  expect([once.code, once.json()]).toEqual([0, { commit, project, state: 'applied', why: null }]);
  expect((await hera('sync', bare.path, '--once', '--json')).json()).toMatchObject({ state: 'in-force' });
  await push({ 'a.yaml': job('needs: [nope]\n') });
  const broken = await hera('sync', bare.path, '--once');
  expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('nope')]);
});

test('addresses that are none, or hold a password, and branches that are none are refused', async () => {
  for (const repository of [
    'relative/path',
    '--upload-pack=evil',
    'ext::sh -c id',
    'https://ada:secret@git.example/shop.git',
    'ftp://x/y',
  ])
    await expect(set(repository)).rejects.toMatchObject({ code: 'invalid' });
  for (const branch of ['-x', 'a..b', 'a b', 'refs/heads/../x', 'a.lock', ''])
    await expect(set(bare.path, branch)).rejects.toMatchObject({ code: 'invalid' });
});

test('the server looks by itself, also after it was away', async () => {
  const own = await openServer({ followMs: 100 });
  try {
    await push();
    await own.client.setSource({ project, repository: bare.path, branch: 'main', under: '' });
    await own.down();
    const commit = await push({ 'b.yaml': job() });
    await own.up();
    await expect
      .poll(async () => (await own.client.deployments({ project, limit: 1 })).items[0]?.commit, { timeout: 60_000 })
      .toBe(commit);
  } finally {
    await own.stop();
  }
});

test('what fails inside the server is no text of its database: the log has it, and the next look puts the commit in force', async () => {
  const first = await push();
  await set();
  const second = await push({ 'b.yaml': job() });
  const { database } = server;
  await database.unsafe(`
    create function refuse_${project}() returns trigger language plpgsql as
      $$ begin if new.project = '${project}' then raise 'relation planted-9b2e'; end if; return new; end $$;
    create trigger refuse_${project} before insert on deployment for each row execute function refuse_${project}()`);
  const failed = await check();
  expect(failed).toMatchObject({ state: 'refused', reason: 'the server failed while it looked at main' });
  const said = await hera('source');
  expect([said.code, said.stdout]).toEqual([1, expect.stringContaining("the server's log has the cause")]);
  expect(JSON.stringify([failed, said.stdout, said.stderr])).not.toContain('planted-9b2e');
  expect((await inForce())?.commit).toBe(first);
  await database.unsafe(`drop function refuse_${project}() cascade`);
  expect(await check()).toMatchObject({ state: 'in-force', commit: second, reason: null });
});
