import { readFileSync, statSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { openStateDir, StateDirInUse, startEmbedded, stateDirHolder } from '../../../runtime/embedded/index.js';
import { isAlive, waitUntilGone } from '../../../runtime/embedded/process-identity.js';
import { inTempDir, killHard, listensOn, processes, startParent } from './started.js';

const onDatabase = async <T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return work(sql).finally(() => sql.end());
};

const withClient = async <T>(address: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const connection = await Connection.connect({ address });
  return work(new Client({ connection })).finally(() => connection.close());
};

async function start(dir: string, onExit: (name: string, detail: string) => void = () => {}) {
  const said: string[] = [];
  const stateDir = await openStateDir(dir, (line) => said.push(line));
  const env = { ...process.env, DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined };
  const servers = await startEmbedded({ stateDir, env, progress: (line) => said.push(line), onExit });
  const stop = async () => {
    await servers.stop();
    stateDir.release();
  };
  onTestFinished(stop);
  return { ...servers, said, stateDir, stop };
}

test('a second start finds the data of the first, on the same ports, and stop leaves no process', () =>
  inTempDir(async (dir) => {
    const first = await start(dir);
    await onDatabase(first.databaseUrl, (sql) => sql`create table kept as select 7 as n`);
    await withClient(first.temporalAddress, (client) =>
      client.workflow.start('nothing', {
        workflowId: 'kept',
        taskQueue: 'nobody',
        searchAttributes: { HeraJob: ['j'] },
      }),
    );
    await first.stop();
    const second = await start(dir);
    expect(second.databaseUrl).toBe(first.databaseUrl);
    expect(second.temporalAddress).toBe(first.temporalAddress);
    expect(await onDatabase(second.databaseUrl, (sql) => sql`select n from kept`)).toEqual([{ n: 7 }]);
    const found = await withClient(second.temporalAddress, (client) => client.workflow.getHandle('kept').describe());
    expect(found.status.name).toBe('RUNNING');
    const started = second.stateDir.children.read();
    expect(started.map((child) => child.name).sort()).toEqual(['postgres', 'temporal']);
    await second.stop();
    await second.stop();
    expect(started.filter(isAlive)).toEqual([]);
    expect(second.stateDir.children.read()).toEqual([]);
    expect(
      processes((line, parent) => line.includes(dir) || (parent === process.pid && line.includes('watchdog'))),
    ).toEqual([]);
  }));

test('the embedded PostgreSQL survives a crash by its settings, and asks for the password', () =>
  inTempDir(async (dir) => {
    const { databaseUrl, stop } = await start(dir);
    const setting = async (name: string) =>
      (await onDatabase(databaseUrl, (sql) => sql`select current_setting(${name}) as v`))[0]?.v;
    expect(await setting('synchronous_commit')).toBe('on');
    expect(await setting('fsync')).toBe('on');
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    const wrong = new URL(databaseUrl);
    wrong.password = 'wrong';
    await expect(onDatabase(wrong.href, (sql) => sql`select 1`)).rejects.toThrow(/password authentication failed/);
    await stop();
  }));

test('both servers listen on loopback only, and Temporal has our configuration, retention and search attributes', () =>
  inTempDir(async (dir) => {
    const { temporalAddress, stateDir, stop } = await start(dir);
    const addresses = stateDir.children.read().flatMap((child) => listensOn(child.pid));
    expect(addresses.length).toBeGreaterThan(2);
    expect([...new Set(addresses)]).toEqual(['0100007F']);
    await withClient(temporalAddress, async (client) => {
      const tooLong = client.workflow.start('nothing', { workflowId: 'x'.repeat(256), taskQueue: 'nobody' });
      await expect(tooLong).rejects.toMatchObject({
        cause: { message: expect.stringContaining('exceeds maximum allowed length (256/255)') },
      });
      const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(72 * 3600);
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes)).toEqual(
        expect.arrayContaining(['HeraProject', 'HeraPeriod', 'HeraMachineGroup']),
      );
    });
    await stop();
  }));

test('a second start on the same directory is refused with the pid and url of the first, which stays untouched', () =>
  inTempDir(async (dir) => {
    const parent = await startParent(dir);
    const refusal = await openStateDir(dir).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StateDirInUse);
    expect(refusal).toMatchObject({ pid: parent.process.pid, url: 'http://127.0.0.1:1', code: 'conflict' });
    expect(stateDirHolder(dir)).toEqual({ pid: parent.process.pid, url: 'http://127.0.0.1:1' });
    expect(parent.children.every(isAlive)).toBe(true);
    await killHard(parent.process);
    expect(stateDirHolder(dir)).toBeUndefined();
    for (const child of parent.children) expect(await waitUntilGone(child, 20_000)).toBe(true);
  }));

test('children of a killed parent end by themselves', () =>
  inTempDir(async (dir) => {
    const parent = await startParent(dir);
    await killHard(parent.process);
    for (const child of parent.children) expect(await waitUntilGone(child, 20_000)).toBe(true);
  }));

test('what outlives a killed parent, because its watchdogs were killed too, is ended by the next start, and no data is lost', () =>
  inTempDir(async (dir) => {
    const parent = await startParent(dir);
    await onDatabase(parent.databaseUrl, (sql) => sql`create table kept as select 7 as n`);
    const watchdogs = processes((line, of) => of === parent.process.pid && line.includes('hera-watchdog'));
    expect(watchdogs).toHaveLength(2);
    for (const pid of watchdogs) process.kill(pid, 'SIGKILL');
    await killHard(parent.process);
    expect(parent.children.map(isAlive)).toEqual([true, true]);
    const next = await start(dir);
    expect(parent.children.map(isAlive)).toEqual([false, false]);
    expect(next.said.join('\n')).toMatch(/ended postgres, left behind/);
    expect(await onDatabase(next.databaseUrl, (sql) => sql`select n from kept`)).toEqual([{ n: 7 }]);
    await next.stop();
  }));

test('a child that dies unasked is told, with the end of its log; one that is stopped is not', () =>
  inTempDir(async (dir) => {
    let tell: (value: readonly [string, string]) => void = () => {};
    const told = new Promise<readonly [string, string]>((resolve) => {
      tell = resolve;
    });
    const all: string[] = [];
    const running = await start(dir, (name, detail) => {
      all.push(name);
      tell([name, detail]);
    });
    const server = running.stateDir.children.read().find((child) => child.name === 'postgres');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    const [name, detail] = await told;
    expect(name).toBe('postgres');
    expect(detail).toMatch(/^signal SIGKILL\n[\s\S]*ready to accept connections/);
    await running.stop();
    expect(all).toEqual(['postgres']);
  }));

test('secrets are made once, in files only their owner can read', () =>
  inTempDir(async (dir) => {
    const first = await openStateDir(dir);
    const secret = first.secretFile('cookie-key');
    expect(secret.value).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(secret.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(secret.path, 'utf8')).toBe(secret.value);
    first.release();
    const second = await openStateDir(dir);
    expect(second.secretFile('cookie-key')).toEqual(secret);
    second.release();
  }));

test('DATABASE_URL and TEMPORAL_ADDRESS replace both parts: nothing is started', () =>
  inTempDir(async (dir) => {
    const stateDir = await openStateDir(dir);
    const env = { DATABASE_URL: 'postgres://elsewhere/hera', TEMPORAL_ADDRESS: 'elsewhere:7233' };
    const servers = await startEmbedded({ stateDir, env, progress: () => {} });
    expect(servers).toMatchObject({ databaseUrl: env.DATABASE_URL, temporalAddress: env.TEMPORAL_ADDRESS });
    expect(stateDir.children.read()).toEqual([]);
    await servers.stop();
    stateDir.release();
  }));
