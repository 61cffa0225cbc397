import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cli, openCli } from '../cli/hera.js';
import { type Bare, openBare } from '../support/bare.js';
import { openServer, type ServerForTests } from '../support/server.js';

// One story over a real bare repository, real git, real hooks and a real server; each test goes on where the last one ended.

let server: ServerForTests;
let bare: Bare;
let cli: Cli;
const hera = (...args: string[]) => cli.run(args, { cwd: bare.dir, env: server.env });
const inForce = async () => (await server.client.deployments({ project: 'shop', limit: 1 })).items[0];
const job = (command: string, more = '') => `schedule: "30 2 * * *"\nrun: { shell: "${command}" }\n${more}`;
const PROJECT = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n' };

beforeAll(async () => {
  server = await openServer({ followMs: 3_600_000 });
  bare = openBare();
  cli = openCli();
});
afterAll(async () => {
  cli.close();
  bare.close();
  await server.stop();
});

test('hooks are installed on an empty bare repository, and installing them again changes nothing', async () => {
  const first = await hera('hook', 'install', bare.path, '--project', 'shop', '--json');
  expect([first.code, first.json()]).toEqual([0, expect.objectContaining({ branch: 'main', project: 'shop' })]);
  const files = () =>
    ['hooks/pre-receive', 'hooks/post-receive', 'hera/hook.json', 'hera/token'].map((name) =>
      readFileSync(join(bare.path, name), 'utf8'),
    );
  const before = files();
  expect((await hera('hook', 'install', bare.path, '--project', 'shop')).code).toBe(0);
  expect(files()).toEqual(before);
});

test('the token of the hooks is for its owner alone, and in no other file', () => {
  expect(statSync(join(bare.path, 'hera/token')).mode & 0o777).toBe(0o600);
  const token = readFileSync(join(bare.path, 'hera/token'), 'utf8').trim();
  expect(token).not.toBe(server.token);
  for (const name of ['hooks/pre-receive', 'hooks/post-receive', 'hera/hook.json', 'config'])
    expect(readFileSync(join(bare.path, name), 'utf8')).not.toContain(token);
});

test('a push is checked, deployed, and shows its plan on the pusher’s terminal', async () => {
  const commit = bare.clone.commit({
    ...PROJECT,
    'a.yaml': job('echo a'),
    'b.yaml': job('echo b'),
    'c.yaml': job('echo c'),
  });
  const { code, said } = await bare.clone.push();
  expect([code, said]).toEqual([
    0,
    expect.stringContaining(`remote: hera: shop ${commit.slice(0, 10)} is right: 3 jobs`),
  ]);
  expect(said).toMatch(/remote: {5}\+ a/);
  expect(said).toContain(`hera: shop ${commit.slice(0, 10)} is in force: deployment`);
  expect(await inForce()).toMatchObject({ commit, branch: 'main', changes: { added: 3 } });
});

test('a broken push is refused with its diagnostics, plain, and leaves branch and production as they were', async () => {
  const before = [bare.head(), await inForce()];
  bare.clone.commit({ 'a.yaml': 'schedule: "30 2 * * *"\nneeds: [nope]\nrun: { shell: "echo a" }\n' });
  const { code, said } = await bare.clone.push();
  expect(code).toBe(1);
  expect(said).toMatch(/remote: error\[HERA\d{4}\].*nope/);
  expect(said).toMatch(/remote: +--> a\.yaml:2:9/);
  expect(said).toContain('nothing was pushed and nothing is deployed');
  expect(said).not.toContain('\u001b[3');
  expect([bare.head(), await inForce()]).toEqual(before);
  bare.clone.git('reset', '--quiet', '--hard', 'origin/main');
});

test('another branch is told what is wrong with it, and is taken', async () => {
  bare.clone.git('checkout', '--quiet', '-b', 'try');
  bare.clone.commit({ 'a.yaml': 'needs: [nope]\nrun: { shell: "echo a" }\n' });
  const before = await inForce();
  const { code, said } = await bare.clone.push(['origin', 'try']);
  expect([code, said]).toEqual([0, expect.stringContaining('try does not compile: it would be refused on main')]);
  expect(bare.head('try')).not.toBeNull();
  expect(await inForce()).toEqual(before);
  bare.clone.git('checkout', '--quiet', 'main');
});

test('an older hook is kept, runs first, and can still refuse; it is back when ours are removed', async () => {
  const other = openBare();
  const older = join(other.path, 'hooks/pre-receive');
  mkdirSync(join(other.path, 'hooks'), { recursive: true });
  writeFileSync(older, '#!/bin/sh\nread old new ref\necho "older saw $ref"\n[ ! -f refuse ]\n', { mode: 0o755 });
  expect((await hera('hook', 'install', other.path, '--no-server')).code).toBe(0);
  other.clone.commit({ ...PROJECT, 'a.yaml': job('echo a') });
  const taken = await other.clone.push();
  expect([taken.code, taken.said]).toEqual([
    0,
    expect.stringMatching(/older saw refs\/heads\/main[\s\S]*is right: 1 job/),
  ]);
  writeFileSync(join(other.path, 'refuse'), '');
  other.clone.commit({ 'a.yaml': job('echo b') });
  expect((await other.clone.push()).code).toBe(1);
  expect((await hera('hook', 'remove', other.path)).code).toBe(0);
  expect(readFileSync(older, 'utf8')).toContain('older saw');
  expect((await hera('hook', 'remove', other.path)).code).toBe(3);
  other.close();
});
