import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logTail } from '../../../runtime/store/log.js';
import { plantRun } from '../../support/estate.js';
import { type Bench, delivery, openBench, until } from './bench.js';

// Deliveries are forged: the same turn is handed to workers again and again, at once, late, and by workflows that are gone. Every process of
// the job takes a lock that only one living process can have, and writes down what it found: that says who was alive, whatever rows say.

const directory = mkdtempSync(join(tmpdir(), 'hera-duplicates-'));
let bench: Bench;
let one: Awaited<ReturnType<Bench['machine']>>;
let other: Awaited<ReturnType<Bench['machine']>>;

beforeAll(async () => {
  bench = await openBench(0.05);
  [one, other] = await Promise.all([bench.machine(), bench.machine()]);
});
afterAll(async () => {
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A job whose processes write down that they began, whether another one lived, and that they ended by themselves. */
const recording = (work: string): string => `
  exec 9>>"${directory}/lock-$HERA_RUN_ID"
  flock -n 9 || echo "double $HERA_ATTEMPT" >>"${directory}/diary-$HERA_RUN_ID"
  echo "begin $HERA_ATTEMPT" >>"${directory}/diary-$HERA_RUN_ID"
  echo ready; ${work}
  echo "end $HERA_ATTEMPT" >>"${directory}/diary-$HERA_RUN_ID"`;

const diary = (run: string): readonly string[] =>
  readFileSync(join(directory, `diary-${run}`), 'utf8')
    .trim()
    .split('\n');
const deliver = (machine: typeof one, run: string, turn = 1) => machine.execute({ run, turn }, delivery());
const isReady = async (run: string, n: number): Promise<boolean> =>
  ((await logTail(bench.database, run, n, 100))?.bytes ?? '').includes('ready');
const attemptsOf = (run: string) => bench.database`select n, state from attempt where run = ${run} order by n`;

test('a turn that is delivered to two workers, twice to each and at once, is one process, and all hear how that ended', async () => {
  const { run } = await plantRun(bench.database, { script: `${recording('sleep 1')}\nexit 3` });
  const ended = { kind: 'ended', ending: { kind: 'exited', code: 3 } };
  expect(await Promise.all([one, other, one, other].map((machine) => deliver(machine, run)))).toEqual(
    Array(4).fill(ended),
  );
  // And again when it is over: nothing begins.
  expect(await Promise.all([other, one].map((machine) => deliver(machine, run)))).toEqual([ended, ended]);
  expect(diary(run)).toEqual(['begin 1', 'end 1']);
  expect(await attemptsOf(run)).toEqual([{ n: 1, state: 'ended' }]);
});

test('a turn whose attempt was given up is delivered to everybody at once and begins once more, never beside the former process', async () => {
  const leaving = await bench.machine();
  // It takes its time to end, as it may: who begins too early finds it alive.
  const slow =
    'if [ $HERA_ATTEMPT = 1 ]; then trap "sleep 0.5; exit 9" TERM; while :; do sleep 0.05; done; fi; sleep 0.5';
  const { run } = await plantRun(bench.database, { script: recording(slow), graceMs: 2_000 });
  const first = deliver(leaving, run);
  first.catch(() => {});
  await until(() => isReady(run, 1));
  const others = [one, other, one, other].map((machine) => deliver(machine, run));
  await leaving.leave();
  await expect(first).rejects.toMatchObject({ name: 'TurnLost' });
  expect(await Promise.all(others)).toEqual(Array(4).fill({ kind: 'ended', ending: { kind: 'exited', code: 0 } }));
  expect(diary(run)).toEqual(['begin 1', 'begin 2', 'end 2']);
  expect(await attemptsOf(run)).toEqual([
    { n: 1, state: 'lost' },
    { n: 2, state: 'ended' },
  ]);
});

test('a stale delivery of a former turn, while the next one runs, is told the former ending and touches nothing', async () => {
  const { run } = await plantRun(bench.database, { script: recording('sleep 0.5') });
  const ended = { kind: 'ended', ending: { kind: 'exited', code: 0 } };
  expect(await deliver(one, run)).toEqual(ended);
  await askAgain(run);
  const second = deliver(other, run, 2);
  await until(() => isReady(run, 2));
  expect(await Promise.all([deliver(one, run), deliver(other, run)])).toEqual([ended, ended]);
  expect(await second).toEqual(ended);
  expect(diary(run)).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
});

/** As settle and admit leave a run whose second turn is asked. */
async function askAgain(run: string): Promise<void> {
  const { database } = bench;
  const ending = database.json({ kind: 'exited', code: 0 });
  await database`update turn set ending = ${ending}, outcome = 'succeeded', ended_at = now() where run = ${run}`;
  await database`update run set state = 'queued', turn = 2 where id = ${run}`;
  await database`
    insert into turn (run, n, trigger, deployment, definition, asked_by, admitted_at)
    select run, 2, trigger, deployment, definition, asked_by, now() from turn where run = ${run} and n = 1`;
}

test('the diary can fail: two processes of a run that live at once are seen', async () => {
  const gate = join(directory, 'gate');
  const deaf = `trap "" TERM; while [ ! -e ${gate} ]; do sleep 0.05; done`;
  const { run } = await plantRun(bench.database, { script: recording(deaf), graceMs: 60_000 });
  const first = deliver(one, run).catch(() => {});
  await until(() => isReady(run, 1));
  // What must never be: the attempt is called lost while its process lives.
  await bench.database`update attempt set state = 'lost' where run = ${run}`;
  const second = deliver(other, run);
  await until(() => isReady(run, 2));
  writeFileSync(gate, '');
  await Promise.all([first, second]);
  expect(diary(run)).toContain('double 2');
});
