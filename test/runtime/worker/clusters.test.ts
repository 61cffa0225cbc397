import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { exitMeaning, falseZero } from '../../../compiler/engines/verdict.js';
import type { Job } from '../../../compiler/manifest/index.js';
import { installationId } from '../../../runtime/store/installation.js';
import { logTail } from '../../../runtime/store/log.js';
import { applicationsIn, onYarn } from '../../../runtime/worker/applications.js';
import { segmentName } from '../../../runtime/worker/segments.js';
import { plantRun } from '../../support/estate.js';
import { type ResourceManager, startResourceManager } from '../../support/resource-manager.js';
import { type Bench, delivery, openBench, until } from './bench.js';

// Jobs on a cluster end together with what they started there. The clients are stand-ins that say what the real ones say, the worker and its
// processes are real.

let bench: Bench;
let machine: Awaited<ReturnType<Bench['machine']>>;
let yarn: ResourceManager;
const bin = mkdtempSync(join(tmpdir(), 'hera-clients-'));

function client(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

beforeAll(async () => {
  bench = await openBench(0.05);
  await installationId(bench.database);
  machine = await bench.machine({ env: { PATH: `${bin}:${process.env.PATH}` } });
});
beforeEach(async () => {
  yarn = await startResourceManager();
});
afterEach(() => yarn.close());
afterAll(async () => {
  await bench.close();
  rmSync(bin, { recursive: true });
});

const ONE = 'application_1795343774375_0001';
const OTHER = 'application_1795343774375_0002';
const SUBMITTED = `echo "INFO YarnClientImpl: Submitted application ${ONE}" >&2`;

const plant = (run: Partial<Job['run']>, more: Partial<Parameters<typeof plantRun>[1]> = {}) =>
  plantRun(bench.database, { script: 'select 1', run, ...more });

const onCluster = (): Partial<Job['run']> => ({ engine: 'spark', yarn: { resourceManager: yarn.url } });

async function execute(run: Partial<Job['run']>) {
  const planted = await plant(run);
  return machine.execute({ run: planted.run, turn: 1 }, delivery());
}

/** A run whose client has submitted an application and waits for it. */
async function submitted(more: Parameters<typeof plant>[1] = {}) {
  client('spark-sql', `${SUBMITTED}; exec sleep 600`);
  yarn.applications.set(ONE, { id: ONE, state: 'RUNNING' });
  const { run } = await plant(onCluster(), more);
  const result = machine.execute({ run, turn: 1 }, delivery());
  result.catch(() => {});
  await until(async () => (await logTail(bench.database, run, 1, 4096))?.bytes.includes(ONE));
  return { run, result };
}

async function cancel(run: string): Promise<void> {
  await bench.database`update turn set cancel_requested_at = now() where run = ${run}`;
  await bench.database`select pg_notify('hera_orders', '')`;
}

test('a cancelled run has no application left on YARN, neither one it named nor one that only bears its tag', async () => {
  const { run, result } = await submitted();
  yarn.applications.set(OTHER, { id: OTHER, state: 'RUNNING' });
  yarn.tagged.add(OTHER);
  await cancel(run);
  expect(await result).toMatchObject({
    kind: 'ended',
    ending: { kind: 'killed', by: 'cancel', applications: [{ id: ONE, link: `${yarn.url}/cluster/app/${ONE}` }] },
  });
  expect([...yarn.killed].sort()).toEqual([ONE, OTHER]);
  expect(yarn.asked[0]).toMatch(new RegExp(`^hera-[0-9a-f]{8}-${run}-[0-9a-z]+$`));
});

test('a run whose time is over ends on YARN too', async () => {
  const { result } = await submitted({ timeoutMs: 3_000 });
  expect(await result).toMatchObject({ ending: { kind: 'killed', by: 'timeout' } });
  expect(yarn.killed).toEqual([ONE]);
});

test('a client that is cancelled while its application has ended as SUCCEEDED is cancelled', async () => {
  const { run, result } = await submitted();
  yarn.applications.set(ONE, { id: ONE, state: 'FINISHED' });
  await cancel(run);
  expect(await result).toMatchObject({ ending: { kind: 'killed', by: 'cancel' } });
  expect(yarn.killed).toEqual([]);
});

test('what the ResourceManager does not confirm is noted at the ending', async () => {
  const { run, result } = await submitted();
  await yarn.close();
  await cancel(run);
  const { ending } = (await result) as { ending: { note?: string } };
  expect(ending.note).toContain(`the ResourceManager at ${yarn.url} does not answer`);
});

test('a client that ends well leaves its applications alone; one that fails does not', async () => {
  client('spark-sql', SUBMITTED);
  yarn.applications.set(ONE, { id: ONE, state: 'RUNNING' });
  expect(await execute(onCluster())).toMatchObject({
    ending: { kind: 'exited', code: 0, applications: [{ id: ONE }] },
  });
  expect(yarn.killed).toEqual([]);
  client('spark-sql', `${SUBMITTED}; exit 1`);
  expect(await execute(onCluster())).toMatchObject({ ending: { kind: 'exited', code: 1 } });
  expect(yarn.killed).toEqual([ONE]);
});

test('an attempt after a lost one starts when the former application is over, and not before', async () => {
  client('spark-sql', 'true');
  yarn.applications.set(ONE, { id: ONE, state: 'RUNNING' });
  yarn.tagged.add(ONE);
  const holder = await bench.client();
  const { run } = await plant(onCluster());
  await holder.begin(run, 1);
  await holder.lose({ run, n: 1 });
  expect(await machine.execute({ run, turn: 1 }, delivery())).toMatchObject({ ending: { kind: 'exited', code: 0 } });
  expect(yarn.killed).toEqual([ONE]);

  await yarn.close();
  const second = await plant(onCluster());
  await holder.begin(second.run, 1);
  await holder.lose({ run: second.run, n: 1 });
  expect(await machine.execute({ run: second.run, turn: 1 }, delivery())).toMatchObject({
    ending: { kind: 'refused', reason: expect.stringContaining('a former attempt may live') },
  });
});

test('beeline that exits with 0 and had no connection has failed, and a wrong statement is told by its code', async () => {
  const options = { client: 'beeline', url: 'jdbc:hive2://nowhere:10000' };
  client('beeline', 'echo "Could not open client transport with JDBC Uri: jdbc:hive2://nowhere:10000" >&2');
  expect(await execute({ engine: 'hive', options })).toMatchObject({
    ending: { kind: 'exited', code: 0, denied: expect.stringContaining('nothing was executed') },
  });
  client('beeline', 'echo "1 row selected" >&2');
  const { ending } = (await execute({ engine: 'hive', options })) as { ending: object };
  expect(ending).toEqual({ kind: 'exited', code: 0 });
  client('hive', 'exit 17');
  expect(await execute({ engine: 'hive', options: { client: 'hive' } })).toMatchObject({
    ending: { kind: 'exited', code: 17, note: expect.stringContaining('a statement is wrong') },
  });
});

test('a machine without the client says which one is missing', async () => {
  expect(await execute({ engine: 'spark', options: { sql: '/nowhere/spark-sql' } })).toMatchObject({
    ending: { kind: 'refused', reason: expect.stringContaining('no program /nowhere/spark-sql') },
  });
});

test('only what a client says of its own connection is a false zero', () => {
  const beeline = { engine: 'hive', options: { client: 'beeline' } } as const;
  expect(falseZero(beeline, 'No current connection')).toBeDefined();
  expect(falseZero({ engine: 'hive', options: { client: 'hive' } }, 'No current connection')).toBeUndefined();
  expect(falseZero({ engine: 'shell', options: {} }, 'Could not open client transport')).toBeUndefined();
  expect(exitMeaning({ engine: 'shell', options: {} }, 3)).toBeUndefined();
});

test('ids are found wherever the pieces of an output part, and what only looks like one is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hera-output-'));
  const job = 'job_1795344638211_0008';
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(70), fc.constantFrom(' ', '\n', ',', '/'), async (shift, end) => {
        // The first piece ends inside one of the ids.
        const text = `${'x'.repeat(256 * 1024 - shift)} ${ONE}${end}${job}, xapplication_1795343774375_0009 ${ONE}1x`;
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, segmentName(0)), text);
        expect(await applicationsIn(folder, text.length)).toEqual([ONE, job]);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(onYarn([ONE, job, ONE.replace('application', 'job')])).toEqual([ONE, 'application_1795344638211_0008']);
});
