import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { makeBundle } from '../../../runtime/git/bundle.js';
import { commitInfo, isAncestor, resolve, uncommitted, workingTree } from '../../../runtime/git/commit.js';
import { readTree } from '../../../runtime/git/read-tree.js';
import { openRepositories, openRepository } from '../../../runtime/git/repository.js';
import { readDirectory, snapshotWorkingTree } from '../../../runtime/git/working-tree.js';

const scratch = mkdtempSync(join(tmpdir(), 'hera-git-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let repo = '';
let number = 0;
const run = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
    cwd: repo,
    encoding: 'utf8',
  }).trim();
const write = (path: string, text: string | Uint8Array): void => {
  mkdirSync(join(repo, path, '..'), { recursive: true });
  writeFileSync(join(repo, path), text);
};
const commit = (subject: string): string => {
  run('add', '--all');
  run('commit', '--quiet', '--message', subject);
  return run('rev-parse', 'HEAD');
};
const texts = (tree: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...tree].map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]));

beforeEach(() => {
  repo = join(scratch, `repo-${++number}`);
  mkdirSync(repo);
  run('init', '--quiet', '--initial-branch=main');
  write('a.yaml', 'a: 1\n');
});

test('a commit’s tree is its files byte for byte, whatever their names', async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 10, 0]);
  write('日本/ß "q".bin', bytes);
  write('empty', '');
  write('deep/er/x.sh', 'echo\r\n');
  const tree = await readTree(repo, commit('files'));
  expect([...tree.keys()].sort()).toEqual(['a.yaml', 'deep/er/x.sh', 'empty', '日本/ß "q".bin']);
  expect(Buffer.from(tree.get('日本/ß "q".bin')!)).toEqual(bytes);
  expect(texts(await readTree(repo, run('rev-parse', 'HEAD'), { under: 'deep' }))).toEqual({ 'er/x.sh': 'echo\r\n' });
});

test('symbolic links are left out, so that no path leads out of the commit', async () => {
  symlinkSync('/etc/passwd', join(repo, 'passwd.yaml'));
  symlinkSync('a.yaml', join(repo, 'b.yaml'));
  expect([...(await readTree(repo, commit('links'))).keys()]).toEqual(['a.yaml']);
  expect([...(await readDirectory(repo)).keys()]).toEqual(['a.yaml']);
});

test('a file that is too big is named and not read, a commit that is too big is refused', async () => {
  write('data.csv', 'x'.repeat(2_000));
  const head = commit('data');
  const limits = { files: 10, fileBytes: 10_000, totalBytes: 10_000 };
  const without = await readTree(repo, head, { limits: { ...limits, fileBytes: 1_000, totalBytes: 1_000 } });
  expect([[...without.keys()].includes('data.csv'), [...without.oversized!]]).toEqual([false, [['data.csv', 2000]]]);
  await expect(readTree(repo, head, { limits: { ...limits, totalBytes: 1_000 } })).rejects.toThrow(/more than 1000/);
  await expect(readTree(repo, head, { limits: { ...limits, files: 1 } })).rejects.toThrow(/2 files/);
  expect((await readTree(repo, head, { limits })).size).toBe(2);
});

test('a file of a directory is read up to 16 MiB, and named without being read above', async () => {
  write('big.csv', 'x');
  truncateSync(join(repo, 'big.csv'), 2 ** 24);
  const just = await readDirectory(repo);
  expect([just.get('big.csv')?.length, just.oversized?.size]).toEqual([2 ** 24, 0]);
  truncateSync(join(repo, 'big.csv'), 2 ** 24 + 1);
  const above = await readDirectory(repo);
  expect([above.has('big.csv'), [...above.oversized!]]).toEqual([false, [['big.csv', 2 ** 24 + 1]]]);
});

test('what is not a whole hash never reaches git as an argument', async () => {
  commit('one');
  for (const bad of ['--output=/tmp/x', 'HEAD', '', 'abc', '-'])
    await expect(readTree(repo, bad)).rejects.toMatchObject({ code: 'invalid' });
  await expect(readTree(repo, run('rev-parse', 'HEAD'), { under: '../x' })).rejects.toMatchObject({ code: 'invalid' });
  await expect(resolve(repo, '--all')).rejects.toMatchObject({ code: 'not-found' });
});

test('a commit tells subject, author and ancestry', async () => {
  const first = commit('First: 订单');
  write('b.yaml', 'b: 1\n');
  const second = commit('second');
  expect(await commitInfo(repo, first)).toMatchObject({ commit: first, subject: 'First: 订单', author: 'Ada' });
  expect(await isAncestor(repo, first, second)).toBe(true);
  expect(await isAncestor(repo, second, first)).toBe(false);
  expect(await resolve(repo, 'HEAD~1')).toBe(first);
  await expect(commitInfo(repo, '0'.repeat(40))).rejects.toMatchObject({ code: 'not-found' });
});

test('a snapshot holds uncommitted and untracked files, and changes neither index nor branch', async () => {
  const head = commit('one');
  expect(await snapshotWorkingTree(repo)).toEqual({ commit: head, dirty: false });
  write('a.yaml', 'a: 2\n');
  write('new.yaml', 'n: 1\n');
  write('.gitignore', 'ignored\n');
  write('ignored', 'secret');
  const before = [run('status', '--porcelain'), run('for-each-ref'), readFileSync(join(repo, '.git/HEAD'), 'utf8')];
  const snapshot = await snapshotWorkingTree(repo);
  expect(snapshot).toEqual(await snapshotWorkingTree(repo));
  expect(texts(await readTree(repo, snapshot.commit))).toEqual({
    '.gitignore': 'ignored\n',
    'a.yaml': 'a: 2\n',
    'new.yaml': 'n: 1\n',
  });
  expect(await isAncestor(repo, head, snapshot.commit)).toBe(true);
  expect([run('status', '--porcelain'), run('for-each-ref'), readFileSync(join(repo, '.git/HEAD'), 'utf8')]).toEqual(
    before,
  );
  expect(await uncommitted(repo)).toEqual(['a.yaml', '.gitignore', 'new.yaml']);
});

test('a snapshot needs no first commit', async () => {
  const snapshot = await snapshotWorkingTree(repo);
  expect(texts(await readTree(repo, snapshot.commit))).toEqual({ 'a.yaml': 'a: 1\n' });
});

test('a bundle brings a commit into the server’s repository, later ones only what is new', async () => {
  const server = await openRepository(join(scratch, `server-${number}.git`));
  const first = commit('one');
  const whole = await makeBundle(repo, first);
  await server.importBundle(first, whole!);
  expect(await server.info(first)).toMatchObject({ subject: 'one' });
  write('b.yaml', 'b: 1\n');
  write('noise', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)));
  const second = commit('two');
  const part = await makeBundle(repo, second, first);
  await server.importBundle(second, part!);
  expect([...(await server.tree(second)).keys()]).toEqual(['a.yaml', 'b.yaml', 'noise']);
  expect(await server.isAncestor(first, second)).toBe(true);
  expect(await makeBundle(repo, first, second)).toBeNull();
  await server.importBundle(first, new Uint8Array());
  const other = await openRepository(join(scratch, `other-${number}.git`));
  await expect(other.importBundle(second, part!)).rejects.toMatchObject({
    code: 'conflict',
    more: { details: { missing: true } },
  });
  await expect(other.importBundle(second, new Uint8Array())).rejects.toMatchObject({ code: 'conflict' });
  expect(run('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
});

test('a bundle that is broken, or carries another commit, leaves nothing behind', async () => {
  const server = await openRepository(join(scratch, `server-${number}.git`));
  const head = commit('one');
  const bundle = (await makeBundle(repo, head))!;
  await expect(server.importBundle(head, Buffer.from('no bundle'))).rejects.toMatchObject({ code: 'invalid' });
  await expect(server.importBundle('1'.repeat(40), bundle)).rejects.toMatchObject({ code: 'invalid' });
  await expect(server.importBundle(head, bundle.subarray(0, bundle.length - 30))).rejects.toMatchObject({
    code: 'invalid',
  });
  const forged = Buffer.from(
    bundle.toString('latin1').replace(`refs/hera/${head}`, `refs/hera/${'2'.repeat(40)}`),
    'latin1',
  );
  await expect(server.importBundle('2'.repeat(40), forged)).rejects.toMatchObject({ code: 'invalid' });
  expect(execFileSync('git', ['--git-dir', server.path, 'for-each-ref'], { encoding: 'utf8' })).toBe('');
});

test('variables of a surrounding git command do not lead to another repository', async () => {
  const head = commit('one');
  process.env.GIT_DIR = '/nonexistent';
  try {
    expect(await resolve(repo, 'HEAD')).toBe(head);
  } finally {
    delete process.env.GIT_DIR;
  }
});

test('a shallow clone is refused with the command that mends it', async () => {
  commit('one');
  write('b', 'b');
  commit('two');
  const clone = join(scratch, `shallow-${number}`);
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${repo}`, clone]);
  await expect(makeBundle(clone, await resolve(clone, 'HEAD'))).rejects.toMatchObject({
    more: { help: expect.stringMatching(/unshallow/) },
  });
});

test('a working tree knows its top; elsewhere there is none', async () => {
  mkdirSync(join(repo, 'sub'));
  expect(await workingTree(join(repo, 'sub'))).toMatchObject({ under: 'sub' });
  expect(await workingTree(scratch)).toBeUndefined();
  expect(() => openRepositories(scratch).of('../x')).toThrow(/no project name/);
});
