import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../compiler/manifest/index.js';
import { logTail } from '../../runtime/store/log.js';
import { type Bench, delivery, openBench } from '../runtime/worker/bench.js';
import { plantRun } from '../support/estate.js';
import { installHive, installSpark } from './install.js';

// The real clients below the real worker: what `compiler/engines` composes is taken by them, and their exit codes and words are what
// `compiler/engines/verdict.ts` and the stand-ins of test/runtime/worker/clusters.test.ts say.

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(1);
});
afterAll(() => bench.close());

type Machine = Awaited<ReturnType<Bench['machine']>>;

async function execute(machine: Machine, script: string, run: Partial<Job['run']>, more: { args?: string[] } = {}) {
  const { run: id } = await plantRun(bench.database, { script, run, timeoutMs: 600_000, ...more });
  const result = await machine.execute({ run: id, turn: 1 }, delivery());
  const output = (await logTail(bench.database, id, 1, 1 << 22))?.bytes.toString() ?? '';
  return { ending: (result as { ending: object }).ending, output };
}

describe('spark', () => {
  let machine: Machine;
  beforeAll(async () => {
    const { home, python } = await installSpark();
    const env = { SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1', PYTHONPATH: python };
    machine = await bench.machine({ env: { ...env, PATH: `${home}/bin:${process.env.PATH}` } });
  });
  const local = {
    master: 'local[1]',
    conf: { 'spark.ui.enabled': 'false', 'spark.sql.catalogImplementation': 'in-memory' },
  };

  test('spark-sql runs SQL of a file and prints its result', async () => {
    const { ending, output } = await execute(machine, "select concat('数', 40 + 2);\n", {
      engine: 'spark',
      options: local,
    });
    expect(output).toContain('数42');
    expect(ending).toEqual({ kind: 'exited', code: 0 });
  });

  test('spark-submit keeps the exit code of a Python program, which has its arguments and its application', async () => {
    const program = [
      'import sys',
      'from pyspark.sql import SparkSession',
      'spark = SparkSession.builder.getOrCreate()',
      "print('sum', spark.range(10).groupBy().sum().first()[0], sys.argv[1])",
      'spark.stop()',
      'sys.exit(3)',
    ].join('\n');
    const script = { path: 'etl/sum.py', sha256: '' };
    const planted = await plantRun(bench.database, { script: program });
    const [row] = await bench.database`
      select definition.body->'run'->'script'->>'sha256' as sha256 from turn
      join definition on definition.hash = turn.definition where turn.run = ${planted.run}`;
    const { ending, output } = await execute(
      machine,
      program,
      { engine: 'spark', options: local, script: { ...script, sha256: row!.sha256 } },
      { args: ['2026-11-22'] },
    );
    expect(output).toContain('sum 45 2026-11-22');
    expect(ending).toMatchObject({ kind: 'exited', code: 3 });
  });

  test('spark-sql fails with 1 for a table that is not there, and the note says what that means', async () => {
    const { ending } = await execute(machine, 'select * from nowhere;\n', { engine: 'spark', options: local });
    expect(ending).toEqual({ kind: 'exited', code: 1, note: 'a statement or the program failed' });
  });
});

const OPENED = [
  'java.lang',
  'java.util',
  'java.net',
  'java.nio',
  'java.util.concurrent',
  'java.io',
  'java.lang.reflect',
];

describe('hive', () => {
  let machine: Machine;
  const bin = mkdtempSync(join(tmpdir(), 'hera-hive-'));
  beforeAll(async () => {
    const hive = await installHive();
    const opens = OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`).join(' ');
    mkdirSync(bin, { recursive: true });
    const start = `exec java ${opens} -Dhive.cp='${hive}/lib/*' -cp '${hive}/launch' Launch org.apache.hive.beeline.BeeLine "$@"`;
    writeFileSync(join(bin, 'beeline'), `#!/bin/sh\n${start}\n`);
    chmodSync(join(bin, 'beeline'), 0o755);
    machine = await bench.machine({ env: { PATH: `${bin}:${process.env.PATH}` } });
  });
  afterAll(() => rmSync(bin, { recursive: true }));

  test('beeline of Hive 3 exits with 0 where no server is, and its run has failed', async () => {
    const options = { client: 'beeline', url: 'jdbc:hive2://127.0.0.1:9/default', user: 'etl' };
    const { ending, output } = await execute(machine, 'select 1;\n', { engine: 'hive', options });
    expect(output).toContain('Could not open client transport with JDBC Uri');
    expect(ending).toMatchObject({ kind: 'exited', code: 0, denied: expect.stringContaining('nothing was executed') });
  });
});
