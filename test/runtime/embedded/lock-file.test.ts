import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock } from '../../../runtime/embedded/lock-file.js';
import { identify } from '../../../runtime/embedded/process-identity.js';
import { inTempDir } from './started.js';

const left = (path: string, holder: unknown) => writeFileSync(path, JSON.stringify({ holder, facts: {} }));

test('of many who find a dead holder exactly one takes the lock', () =>
  inTempDir(async (dir) => {
    const dead = spawn('/bin/true');
    const holder = identify(dead.pid ?? 0) ?? { pid: dead.pid, started: 'then' };
    await once(dead, 'exit');
    left(join(dir, 'lock'), holder);
    const answers = await Promise.all(Array.from({ length: 20 }, () => takeLock(join(dir, 'lock'))));
    expect(answers.filter((answer) => answer.kind === 'held')).toHaveLength(1);
    expect(readdirSync(dir)).toEqual(['lock']);
  }));

test('a process that got the pid of a dead holder does not hold its lock', () =>
  inTempDir(async (dir) => {
    left(join(dir, 'lock'), { pid: process.pid, started: 'another time' });
    expect((await takeLock(join(dir, 'lock'))).kind).toBe('held');
  }));

test('a lock file that cannot be read is stale, and the facts of a living holder are told', () =>
  inTempDir(async (dir) => {
    writeFileSync(join(dir, 'lock'), '{"hold');
    const answer = await takeLock(join(dir, 'lock'));
    if (answer.kind === 'held') answer.lock.announce({ url: 'u' });
    expect(await takeLock(join(dir, 'lock'))).toMatchObject({
      kind: 'taken',
      facts: { url: 'u' },
      holder: { pid: process.pid },
    });
  }));

test('releasing twice does not take the lock from who has it since', () =>
  inTempDir(async (dir) => {
    const path = join(dir, 'lock');
    const first = await takeLock(path);
    if (first.kind !== 'held') throw new Error('taken');
    first.lock.release();
    expect((await takeLock(path)).kind).toBe('held');
    first.lock.release();
    expect((await takeLock(path)).kind).toBe('taken');
  }));
