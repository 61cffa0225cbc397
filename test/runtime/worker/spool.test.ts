import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from '../../../runtime/worker/processes.js';
import { segmentName } from '../../../runtime/worker/segments.js';
import { openSpool, type Spool, type SpoolEntry } from '../../../runtime/worker/spool.js';
import { removeOld } from '../../../runtime/worker/sweep.js';
import { environmentOf, makeWorkDirectory } from '../../../runtime/worker/work-directory.js';

let path: string;
let spool: Spool;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'hera-spool-'));
  spool = openSpool(path);
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const say = ({ output }: SpoolEntry): void => {
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, segmentName(0)), 'said');
};

const attempt = { run: '12', n: 1, project: 'shop', instance: 'i' };

test('what was recorded is found again by the next start', async () => {
  const entry = spool.open(attempt);
  say(entry);
  entry.recordGroup({ pgid: 5, run: '12', attempt: 1, worker: 'w', started: 'boot:9' });
  await entry.recordEnding({ kind: 'exited', code: 2 });
  spool.release();
  const [found] = openSpool(path).entries();
  expect(found?.attempt).toEqual({
    ...attempt,
    group: { pgid: 5, run: '12', attempt: 1, worker: 'w', started: 'boot:9' },
  });
  expect(found?.ending()).toEqual({ kind: 'exited', code: 2 });
  expect(found?.removeAt()).toBeUndefined();
});

test('a number that is given a second time while the first is still kept has a place and a mark of its own', () => {
  const [first, second] = [spool.open(attempt), spool.open(attempt)];
  for (const place of ['output', 'directory', 'mark'] as const) expect(second[place]).not.toBe(first[place]);
  expect(spool.entries()).toHaveLength(2);
  first.remove();
  expect(spool.open(attempt).output).toBe(first.output);
});

test('an attempt is removed when its time has come, and never before the control plane knows it', () => {
  const [done, open] = [spool.open(attempt), spool.open({ ...attempt, run: '13' })];
  for (const entry of [done, open]) say(entry);
  done.close(1_000);
  expect(existsSync(done.output)).toBe(false);
  removeOld(spool.entries(), 999);
  expect(spool.entries()).toHaveLength(2);
  removeOld(spool.entries(), 1_000);
  expect(spool.entries().map((entry) => entry.attempt.run)).toEqual(['13']);
  removeOld(spool.entries(), Number.MAX_SAFE_INTEGER);
  expect(existsSync(open.output)).toBe(true);
});

test('a directory that a killed worker held is taken over, one of a living worker is not', () => {
  writeFileSync(join(path, '.worker.json'), JSON.stringify({ pid: process.ppid, started: 'another boot:1' }));
  openSpool(path).release();
  writeFileSync(join(path, '.worker.json'), JSON.stringify({ pid: 1, started: identityOfInit() }));
  expect(() => openSpool(path)).toThrow(/worker 1 works in/);
});

test('files are fetched once per content, and refused when other bytes arrive', async () => {
  const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  const spec = { script: 'true', files: [{ name: 'sub/hello.txt', sha256 }] };
  let fetched = 0;
  const cache = {
    cached: spool.cached,
    fetch: async () => {
      fetched += 1;
      return Buffer.from(fetched === 1 ? 'other' : 'hello');
    },
  };
  const directory = join(path, 'shop', '12-1');
  await expect(makeWorkDirectory(directory, 'script.sh', spec, cache)).rejects.toThrow(/other bytes/);
  await makeWorkDirectory(directory, 'script.sh', spec, cache);
  await makeWorkDirectory(directory, 'script.sh', spec, cache);
  expect(fetched).toBe(2);
  expect(existsSync(join(directory, 'hello.txt'))).toBe(true);
});

test("a job's environment wins over the worker's, and the worker's over the defaults", () => {
  const directory = { path: '/w', script: '/w/script.sh', temporary: '/w/.tmp' };
  expect(
    environmentOf(
      { env: { A: 'job', HERA_WORKER: 'another' } },
      { A: 'worker', LANG: 'C', B: 'worker' },
      directory,
      'mark',
    ),
  ).toEqual({
    ...{ A: 'job', B: 'worker', LANG: 'C', HOME: homedir(), TMPDIR: '/w/.tmp', HERA_WORKER: 'mark' },
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  });
});

const identityOfInit = (): string => identify(1)?.started ?? '';
