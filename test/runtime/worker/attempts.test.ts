// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are templates of jobs
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followLog } from '../../../runtime/control/log.js';
import { logTail, readLog } from '../../../runtime/store/log.js';
import { dropOldTails, readTail } from '../../../runtime/store/log-tail.js';
import { markOf } from '../../../runtime/worker/cuts.js';
import { plantMachineToken, plantRun } from '../../support/estate.js';
import { type Bench, openBench, until } from './bench.js';

// The server's half of the worker protocol, over HTTP, against real rows.

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(0.02);
});
afterAll(() => bench.close());

const attemptsOf = (run: string) => bench.database`
  select n, turn, state, outcome, ending from attempt where run = ${run} order by n`;

test('a granted begin answers the rendered script, arguments and environment, and the run is running', async () => {
  const worker = await bench.client();
  const { run, job } = await plantRun(bench.database, {
    script: 'echo ${greeting} ${bizdate}\n',
    vars: { greeting: 'hello' },
    args: ['${run.period}'],
    env: { TARGET: 'dt=${bizdate}' },
  });
  const answer = await worker.begin(run, 1);
  expect(answer).toMatchObject({
    kind: 'granted',
    attempt: 1,
    joined: false,
    spec: { script: 'echo hello 20261122\n', args: ['2026-11-23T02:30:00+08:00'], project: 'shop', job },
  });
  expect(answer.kind === 'granted' && answer.spec.env).toEqual({
    TARGET: 'dt=20261122',
    HERA_JOB_ID: job,
    HERA_RUN_ID: run,
    HERA_PERIOD: '2026-11-23T02:30:00+08:00',
    HERA_ATTEMPT: '1',
    HERA_COMMIT: 'c'.repeat(40),
    HERA_BIZDATE: '20261122',
  });
  const [row] = await bench.database`select state, started_at from run where id = ${run}`;
  expect(row).toMatchObject({ state: 'running', started_at: expect.any(Date) });
});

test('begin asked again by the same instance answers the same attempt', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  const first = await worker.begin(run, 1);
  expect(await worker.begin(run, 1)).toEqual({ ...first, joined: true });
  expect(await attemptsOf(run)).toHaveLength(1);
});

test('begin asked by two instances at once gives one of them the turn, and the other waits', async () => {
  const [one, other] = [await bench.client(), await bench.client()];
  const { run } = await plantRun(bench.database, { script: 'true' });
  const answers = await Promise.all([one.begin(run, 1), other.begin(run, 1)]);
  expect(answers.map((answer) => answer.kind).sort()).toEqual(['granted', 'wait']);
});

test('an attempt whose holder renews is not given away; a silent one is lost and its turn gets another', async () => {
  const [holder, other] = [await bench.client(), await bench.client()];
  const { run } = await plantRun(bench.database, { script: 'true' });
  await holder.begin(run, 1);
  const renewing = setInterval(() => {
    void holder.renew([{ run, n: 1, pid: 7 }], facts, false).catch(() => {});
  }, bench.times.contestMs / 10);
  const deadline = performance.now() + 2 * bench.times.contestMs;
  while (performance.now() < deadline) expect((await other.begin(run, 1)).kind).toBe('wait');
  clearInterval(renewing);
  const granted = await until(async () => {
    const answer = await other.begin(run, 1);
    return answer.kind === 'granted' && answer;
  });
  expect(granted).toMatchObject({ attempt: 2, joined: false });
  expect(await attemptsOf(run)).toMatchObject([{ state: 'lost' }, { state: 'live', turn: 1 }]);
  expect(await holder.renew([{ run, n: 1, pid: 7 }], facts, false)).toEqual([{ run, n: 1, why: 'lost' }]);
});

test('the ending of an attempt that was given up is evidence and decides nothing', async () => {
  const [holder, other] = [await bench.client(), await bench.client()];
  const { run } = await plantRun(bench.database, { script: 'true' });
  await holder.begin(run, 1);
  await holder.lose({ run, n: 1 });
  expect(await other.begin(run, 1)).toMatchObject({ kind: 'granted', attempt: 2 });
  const late = { kind: 'exited', code: 0 } as const;
  expect(await holder.append({ run, n: 1 }, 0, Buffer.from('last words'))).toBe(10);
  expect(await holder.end({ run, n: 1 }, late, 10)).toEqual({ accepted: false });
  expect(await holder.end({ run, n: 1 }, late, 10)).toEqual({ accepted: false });
  expect(await attemptsOf(run)).toMatchObject([{ state: 'lost', outcome: null, ending: late }, { state: 'live' }]);
  const events = await bench.database`select kind from event where run = ${run} and kind = 'late-ending'`;
  expect(events).toHaveLength(1);
});

test('an ended attempt answers every later begin of its turn with its ending, whoever asks', async () => {
  const [worker, other] = [await bench.client(), await bench.client()];
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  expect(await worker.end({ run, n: 1 }, { kind: 'exited', code: 3 }, 0)).toEqual({ accepted: true });
  expect(await worker.end({ run, n: 1 }, { kind: 'exited', code: 0 }, 0)).toEqual({ accepted: true });
  expect(await other.begin(run, 1)).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 3 } });
  expect(await attemptsOf(run)).toMatchObject([{ state: 'ended', outcome: 'failed' }]);
});

test('a cancelled turn begins nothing', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await bench.database`update turn set cancel_requested_at = now() where run = ${run}`;
  expect(await worker.begin(run, 1)).toEqual({ kind: 'ended', ending: { kind: 'cancelled' } });
  expect(await attemptsOf(run)).toHaveLength(0);
});

test('a turn that has ended answers its ending', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await bench.database`update turn set ending = ${bench.database.json({ kind: 'exited', code: 4 })} where run = ${run}`;
  expect(await worker.begin(run, 1)).toEqual({ kind: 'ended', ending: { kind: 'exited', code: 4 } });
});

test('a template that cannot be rendered refuses the attempt, with the reason, for good', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'echo ${a}', vars: { a: '${b}', b: '${a}' } });
  const answer = await worker.begin(run, 1);
  expect(answer).toMatchObject({
    kind: 'ended',
    ending: { kind: 'refused', reason: expect.stringMatching(/cannot be rendered/) },
  });
  expect(await worker.begin(run, 1)).toEqual(answer);
  expect(await attemptsOf(run)).toMatchObject([{ state: 'ended', outcome: 'failed' }]);
});

test('a worker without a valid token, for another group, or with a strange instance is refused', async () => {
  const { run } = await plantRun(bench.database, { script: 'true', machineGroup: 'spark' });
  const worker = await bench.client();
  await expect(worker.begin(run, 1)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringMatching(/spark/),
  });
  await expect(bench.client({ groups: ['default', 'spark'] })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(bench.client({ token: 'heram_wrong' })).rejects.toMatchObject({ code: 'unauthenticated' });
  const { secret } = await plantMachineToken(bench.database, ['default']);
  await expect(bench.client({ token: secret, instance: worker.instance })).rejects.toMatchObject({ code: 'forbidden' });
  const anonymous = await fetch(`${bench.url()}/api/worker/v1/begin`, { method: 'POST', body: '{}' });
  expect(anonymous.status).toBe(401);
});

test('a revoked token is refused at once', async () => {
  const { secret, id } = await plantMachineToken(bench.database, ['default']);
  const worker = await bench.client({ token: secret });
  const { run } = await plantRun(bench.database, { script: 'true' });
  await bench.database`update machine_token set revoked_at = now() where id = ${id}`;
  await expect(worker.begin(run, 1)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a run that still waits, or whose turn was never asked, begins nothing', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true', state: 'waiting' });
  await expect(worker.begin(run, 1)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(worker.begin(run, 2)).rejects.toMatchObject({ code: 'not-found' });
});

test('log bytes count once, must agree where they overlap, and leave no gap', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  const log = { run, n: 1 };
  expect(await worker.append(log, 0, Buffer.from('abcdef'))).toBe(6);
  expect(await worker.append(log, 0, Buffer.from('abcdef'))).toBe(6);
  expect(await worker.append(log, 4, Buffer.from('efgh'))).toBe(8);
  await expect(worker.append(log, 9, Buffer.from('x'))).rejects.toMatchObject({ more: { details: { expected: 8 } } });
  await expect(worker.append(log, 2, Buffer.from('XY'))).rejects.toMatchObject({
    more: { details: { differs: true } },
  });
  await expect(worker.end(log, { kind: 'exited', code: 0 }, 9)).rejects.toMatchObject({
    more: { details: { expected: 8 } },
  });
  await worker.end(log, { kind: 'exited', code: 0 }, 8);
  await expect(worker.append(log, 8, Buffer.from('more'))).rejects.toMatchObject({
    more: { details: { sealed: true } },
  });
  expect(await worker.append(log, 0, Buffer.from('abcdefgh'))).toBe(8);
  expect((await readLog(bench.database, run, 1, 0, 100))?.toString()).toBe('abcdefgh');
});

test('any range of a log is its bytes, across chunks large and small', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  const whole = Buffer.alloc(300_000, 0).map((_, i) => (i * 31) % 251);
  for (let at = 0, size = 1; at < whole.length; size = (size * 7) % 90_001) {
    const piece = whole.subarray(at, at + size);
    at = await worker.append({ run, n: 1 }, at, piece);
  }
  for (const [from, to] of [
    [0, 300_000],
    [1, 2],
    [299_999, 300_000],
    [12_345, 250_001],
    [300_000, 300_001],
    [500, 500],
  ] as const)
    expect((await readLog(bench.database, run, 1, from, to))?.equals(whole.subarray(from, to))).toBe(true);
  const tail = await logTail(bench.database, run, 1, 1000);
  expect(tail?.from).toBe(299_000);
  expect(tail?.bytes.equals(whole.subarray(299_000))).toBe(true);
});

test('who follows a log reads what was there and what comes, each byte once, and is told the end', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  await worker.append({ run, n: 1 }, 0, Buffer.from('skipped first '));
  const read: string[] = [];
  const following = (async () => {
    for await (const piece of followLog(bench.database, run, 1, { from: 8 })) read.push(piece.bytes.toString());
  })();
  await until(() => read.join('') === 'first ');
  await worker.append({ run, n: 1 }, 14, Buffer.from('second'));
  await until(() => read.join('') === 'first second');
  await worker.end({ run, n: 1 }, { kind: 'exited', code: 0 }, 20);
  await following;
  expect(read.join('')).toBe('first second');
});

test('who follows a log whose head is full is shown what the job prints meanwhile, and not again when its end is stored', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  const of = { run, n: 1 };
  await worker.append(of, 0, Buffer.from('head\n'));
  const read: string[] = [];
  const following = (async () => {
    for await (const { kind, at, bytes } of followLog(bench.database, run, 1)) read.push(`${kind} ${at} ${bytes}`);
  })();
  await until(() => read.length === 1);
  await worker.tail(of, 100, Buffer.from('a\nb\n'));
  await until(() => read.length === 2);
  // An older one that was late changes nothing, and of the next one only what is new is shown.
  await worker.tail(of, 98, Buffer.from('z\na\n'));
  await worker.tail(of, 102, Buffer.from('b\nc\n'));
  await until(() => read.length === 3);
  const mark = markOf({ from: 5, to: 102, why: 'cap' });
  await worker.append(of, 5, mark);
  await worker.append(of, 5 + mark.length, Buffer.from('b\nc\nd\n'));
  await worker.end(of, { kind: 'exited', code: 0 }, 11 + mark.length);
  await following;
  expect(read).toEqual([
    'log 0 head\n',
    'shown 100 a\nb\n',
    'shown 104 c\n',
    `log 5 ${mark}`,
    `log ${9 + mark.length} d\n`,
  ]);
  await worker.tail(of, 200, Buffer.from('too late\n'));
  expect((await readTail(bench.database, run, 1))!.at).toBe(102);
  await dropOldTails(bench.database);
  expect(await readTail(bench.database, run, 1)).toBeUndefined();
});

test('what another worker shows of an attempt is shown to nobody', async () => {
  const [holder, other] = [await bench.client(), await bench.client()];
  const { run } = await plantRun(bench.database, { script: 'true' });
  await holder.begin(run, 1);
  await other.tail({ run, n: 1 }, 0, Buffer.from('lies\n'));
  expect(await readTail(bench.database, run, 1)).toBeUndefined();
});

test('a question for kill orders is answered as soon as somebody cancels, and not twice', async () => {
  const worker = await bench.client();
  const { run } = await plantRun(bench.database, { script: 'true' });
  await worker.begin(run, 1);
  const asking = askLong(worker.instance, '');
  await bench.database`update turn set cancel_requested_at = now() where run = ${run}`;
  await bench.database`select pg_notify('hera_orders', '')`;
  expect(await asking).toMatchObject({ orders: [{ run, n: 1, why: 'cancel' }] });
  expect(await worker.orders([{ run, n: 1 }], new AbortController().signal)).toEqual([]);
  expect(await worker.renew([{ run, n: 1, pid: null }], facts, false)).toEqual([{ run, n: 1, why: 'cancel' }]);
});

const facts = { cpus: 1, memoryBytes: 1, memoryFreeBytes: 1, load: [], slotsUsed: 0, slots: 1 };

const askLong = async (instance: string, known: string): Promise<unknown> => {
  for (;;) {
    const answer = (await (
      await fetch(`${bench.url()}/api/worker/v1/orders?instance=${instance}&known=${known}`, {
        headers: { authorization: `Bearer ${bench.token}` },
      })
    ).json()) as { orders: unknown[] };
    if (answer.orders.length > 0) return answer;
  }
};
