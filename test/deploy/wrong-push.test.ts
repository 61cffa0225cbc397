import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cli, openCli } from '../cli/hera.js';
import { type Bare, type Clone, openBare } from '../support/bare.js';
import { type GitHttp, serveGit } from '../support/git-http.js';
import { openServer, type ServerForTests } from '../support/server.js';

// A push that is wrong in any way changes nothing: neither production nor, where the hook can still say no, the branch. Then the ways of a
// right push: while the server is away, and over http. One repository, one server; every test begins on what is in force.

let server: ServerForTests;
let bare: Bare;
let cli: Cli;
let http: GitHttp;
const hera = (...args: string[]) => cli.run(args, { cwd: bare.dir, env: server.env });
const inForce = async () => (await server.client.deployments({ project: 'shop', limit: 1 })).items[0];
const applied = async () => (await server.database`select id from audit where what in ('apply', 'rollback')`).length;
const job = (command = 'true') => `schedule: "30 2 * * *"\nrun: { shell: "${command}" }\n`;
const GOOD = {
  'hera.project.yaml': 'name: shop\nzone: UTC\n',
  'a.yaml': job(),
  'b.yaml': job(),
  'c.yaml': job(),
  'd.yaml': job(),
};

beforeAll(async () => {
  server = await openServer({ followMs: 3_600_000 });
  bare = openBare();
  cli = openCli();
  http = await serveGit(bare.dir, {
    PATH: process.env.PATH,
    HOME: bare.dir,
    HERA_CONFIG_DIR: join(bare.dir, 'config'),
  });
  await hera('hook', 'install', bare.path, '--project', 'shop', '--limit', '20');
  bare.clone.commit(GOOD);
  const first = await bare.clone.push();
  expect([first.code, first.said]).toEqual([0, expect.stringContaining('is in force')]);
});
afterAll(async () => {
  await http.close();
  cli.close();
  bare.close();
  await server.stop();
});

type Wrong = Readonly<{ push(clone: Clone): Promise<Readonly<{ said: string; code: number | null }>>; says: RegExp }>;
const wrong: Readonly<Record<string, Wrong>> = {
  'does not compile': {
    push: (clone) => {
      clone.commit({ 'a.yaml': 'needs: [nope]\nrun: { shell: "true" }\n' });
      return clone.push();
    },
    says: /error\[HERA\d+\][\s\S]*nope[\s\S]*help: mend what stands above/,
  },
  'is another project': {
    push: (clone) => {
      clone.commit({ 'hera.project.yaml': 'name: other\nzone: UTC\n' });
      return clone.push();
    },
    says: /this is project other; the repository is for shop/,
  },
  'rewrites the branch': {
    push: (clone) => {
      clone.git('commit', '--quiet', '--amend', '--message', 'another');
      return clone.push(['--force', 'origin', 'main']);
    },
    says: /this would rewrite main, which deploys[\s\S]*git pull --rebase/,
  },
  'deletes the branch': {
    push: (clone) => clone.push(['origin', ':main']),
    says: /main is the branch that deploys and is not deleted/,
  },
  'removes too much': {
    push: (clone) => {
      clone.commit({ 'a.yaml': null, 'b.yaml': null });
      return clone.push();
    },
    says: /would remove 2 of 4 jobs[\s\S]*git push -o allow-prune/,
  },
  'has a file that is too large': {
    push(clone) {
      writeFileSync(join(clone.path, 'data.bin'), randomBytes(17 * 1024 * 1024));
      clone.commit({});
      return clone.push();
    },
    says: /`data\.bin` has \d+ bytes, more than/,
  },
  'has a link where the project file was': {
    push(clone) {
      rmSync(join(clone.path, 'hera.project.yaml'));
      symlinkSync('/etc/hostname', join(clone.path, 'hera.project.yaml'));
      clone.commit({});
      return clone.push();
    },
    says: /`hera\.project\.yaml` is a link to `\/etc\/hostname`, and links are not followed/,
  },
  'has bytes that are no text': {
    push(clone) {
      writeFileSync(join(clone.path, 'a.yaml'), Buffer.from([0xff, 0xfe, 0, 1, 2]));
      clone.commit({});
      return clone.push();
    },
    says: /error\[HERA\d+\]/,
  },
  'arrives by half': { push: (clone) => halfReceived(clone), says: /unpack|eof|early|pack/i },
  'meets a hook that is killed': {
    async push(clone) {
      const older = join(bare.path, 'hooks/pre-receive.before-hera');
      writeFileSync(older, '#!/bin/sh\nkill -9 $PPID\n', { mode: 0o755 });
      clone.commit({ 'a.yaml': job('echo killed') });
      return clone.push().finally(() => rmSync(older));
    },
    says: /pre-receive hook declined/,
  },
  'meets a hook whose hera is gone': {
    async push(clone) {
      const hook = join(bare.path, 'hooks/pre-receive');
      const text = readFileSync(hook, 'utf8');
      writeFileSync(hook, text.replaceAll(process.execPath, '/nonexistent/node'));
      clone.commit({ 'a.yaml': job('echo gone') });
      return clone.push().finally(() => writeFileSync(hook, text));
    },
    says: /hera is not installed here any more/,
  },
};

/** What git does when the connection is cut in the middle of a pack. */
async function halfReceived(clone: Clone): Promise<Readonly<{ said: string; code: number | null }>> {
  const old = bare.head()!;
  const commit = clone.commit({ 'a.yaml': job('echo half') });
  const pack = execFileSync('git', ['pack-objects', '--revs', '--stdout', '--quiet'], {
    cwd: clone.path,
    input: `${commit}\n^${old}\n`,
  });
  const line = `${old} ${commit} refs/heads/main\0report-status`;
  const child = spawn('git', ['receive-pack', bare.path], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  child.stdin.write(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`);
  child.stdin.end(pack.subarray(0, Math.floor(pack.length / 2)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  // It answers the failure in its report and ends well: what counts is that no ref has moved.
  return { said, code: /unpack ok/.test(said) ? 0 : code || 1 };
}

test.each(Object.keys(wrong))('a push that %s changes neither branch nor production', async (name) => {
  const clone = bare.cloneOf(`wrong-${name.replaceAll(' ', '-')}`);
  const before = [bare.head(), await inForce(), await applied()];
  const { code, said } = await wrong[name]!.push(clone);
  expect([code, said]).toEqual([1, expect.stringMatching(wrong[name]!.says)]);
  expect([bare.head(), await inForce(), await applied()]).toEqual(before);
});

test('the same broken push is refused while the server is away, and while it only takes connections and says nothing', async () => {
  const before = [bare.head(), await inForce()];
  const clone = bare.cloneOf('silent');
  clone.commit({ 'a.yaml': 'needs: [nope]\nrun: { shell: "true" }\n' });
  await server.down();
  expect((await clone.push()).said).toMatch(/nope[\s\S]*refused/);
  await server.up();
  expect([bare.head(), await inForce()]).toEqual(before);
});

test('a right push is taken while the server is away, says what it could not check, and is in force when the server is back', async () => {
  const before = await inForce();
  bare.clone.git('pull', '--quiet', '--rebase', 'origin', 'main');
  const commit = bare.clone.commit({ 'a.yaml': job('echo away') });
  await server.down();
  const { code, said } = await bare.clone.push();
  await server.up();
  expect([code, bare.head()]).toEqual([0, commit]);
  expect(said).toMatch(/not checked against what is in force \(no server answers/);
  expect(said).toMatch(/pushed, but not in force: no server answers[\s\S]*every 30 seconds/);
  // The server looks when it starts.
  await expect.poll(async () => (await inForce())?.commit, { timeout: 20_000 }).toBe(commit);
  expect((await inForce())?.id).not.toBe(before?.id);
});

test('a server that takes the connection and never answers holds a push no longer than its limit', async () => {
  await server.down();
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => mute.listen(Number(new URL(server.url).port), '127.0.0.1', resolve));
  const commit = bare.clone.commit({ 'a.yaml': job('echo mute') });
  const { code, said } = await bare.clone.push();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
  await server.up();
  expect([code, bare.head(), said]).toEqual([
    0,
    commit,
    expect.stringMatching(/not checked against what is in force[\s\S]*pushed, but not in force/),
  ]);
});

test('what was planned on a deployment that is not in force any more is stale, and changes nothing', async () => {
  bare.clone.commit({ 'b.yaml': job('echo newer') });
  expect((await bare.clone.push()).said).toContain('is in force');
  const before = [await inForce(), await applied()];
  const [first] = (await server.client.deployments({ project: 'shop', limit: 50 })).items.slice(-1);
  const asked = { project: 'shop', to: first!.id, plannedOn: first!.id, allowPrune: true };
  await expect(server.client.rollback(asked)).rejects.toMatchObject({
    code: 'stale',
    more: { details: { on: (await inForce())!.id } },
  });
  expect([await inForce(), await applied()]).toEqual(before);
});

test('git push -o allow-prune removes much when that is meant', async () => {
  bare.clone.commit({ 'c.yaml': null, 'd.yaml': null });
  const { code, said } = await bare.clone.push(['-o', 'allow-prune', 'origin', 'main']);
  expect([code, said]).toEqual([0, expect.stringMatching(/- c[\s\S]*is in force/)]);
});

test('over http a push with a password is checked and deployed, a broken one refused, and one without password neither', async () => {
  const clone = bare.cloneOf('http');
  const address = http.address('shop.git');
  const commit = clone.commit({ 'a.yaml': job('echo http') });
  const right = await clone.push([address, 'main']);
  expect([right.code, right.said]).toEqual([
    0,
    expect.stringMatching(/remote: hera: shop \w+ is right[\s\S]*remote: hera: shop \w+ is in force/),
  ]);
  expect([bare.head(), (await inForce())?.commit]).toEqual([commit, commit]);
  clone.commit({ 'a.yaml': 'needs: [nope]\nrun: { shell: "true" }\n' });
  const broken = await clone.push([address, 'main']);
  expect([broken.code, broken.said]).toEqual([1, expect.stringMatching(/remote: error\[HERA\d+\]/)]);
  expect((await clone.push([http.address('shop.git', false), 'main'])).code).toBe(128);
  expect([bare.head(), (await inForce())?.commit]).toEqual([commit, commit]);
});

test('the server follows a repository over http with the access of its own account', async () => {
  const found = await server.client.setSource({
    project: 'shop',
    repository: http.address('shop.git', false),
    branch: 'main',
    under: '',
  });
  expect(found).toMatchObject({ state: 'unreachable', reason: expect.stringMatching(/cannot be read/) });
  expect(JSON.stringify(found)).not.toContain('correct');
});
