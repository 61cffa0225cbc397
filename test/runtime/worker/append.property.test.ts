import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failure } from '../../../runtime/errors.js';
import { logLength, readLog } from '../../../runtime/store/log.js';
import { plantRun } from '../../support/estate.js';
import { type Bench, openBench } from './bench.js';

// The append protocol over HTTP against a model of it: bytes count once, must agree where they overlap, leave no gap, and may come after an
// attempt was lost, until its log is closed at its length.

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(1);
});
afterAll(() => bench.close());

const LONG = 400_000;
// Stretches that pack well and stretches that do not, so that both kinds of chunk, and their seams, are among what is read back.
const CONTENT = Buffer.concat(
  Array.from({ length: LONG / 50_000 }, (_, part) =>
    part % 2 === 0
      ? Buffer.from('all is well with table 7\n'.repeat(2_000))
      : createHash('shake256', { outputLength: 50_000 }).update(`${part}`).digest(),
  ),
);

const act = fc.oneof(
  // Where it begins, from the present end, and whether one byte of it is another.
  fc.record({
    kind: fc.constant('append' as const),
    back: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: -3, max: -1 })),
    size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 90_000 })),
    wrong: fc.option(fc.nat(90_000), { freq: 6 }),
  }),
  fc.record({ kind: fc.constant('lose' as const) }),
  fc.record({ kind: fc.constant('end' as const), off: fc.integer({ min: -1, max: 1 }) }),
);

type Answer = Readonly<{ length: number }> | Readonly<{ expected: number; differs?: boolean; sealed?: boolean }>;

const answerOf = async (asked: Promise<number>): Promise<Answer> => {
  try {
    return { length: await asked };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
    return error.more.details as Answer;
  }
};

test('whatever is appended, repeated, contradicted, skipped, lost and closed in whatever order, the log is what was agreed on', async () => {
  const worker = await bench.client();
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
      const { run } = await plantRun(bench.database, { script: 'true' });
      await worker.begin(run, 1);
      const of = { run, n: 1 };
      let length = 0;
      let sealed = false;
      for (const one of acts) {
        if (one.kind === 'lose') {
          await worker.lose(of);
          continue;
        }
        if (one.kind === 'end') {
          const said = Math.max(0, length + one.off);
          const ended = answerOf(worker.end(of, { kind: 'exited', code: 0 }, said).then(() => length));
          // Once it has ended, its ending is the answer whatever is said.
          if (sealed) expect([{ length }, { expected: length }]).toContainEqual(await ended);
          else expect(await ended).toEqual(said === length ? { length } : { expected: length });
          sealed ||= said === length;
          continue;
        }
        const at = Math.max(0, length - one.back);
        const bytes = Buffer.from(CONTENT.subarray(at, Math.min(LONG, at + one.size)));
        const isWrong = one.wrong !== null && one.wrong < bytes.length;
        if (isWrong) bytes[one.wrong!] = (bytes[one.wrong!]! + 1) % 256;
        const known = Math.min(bytes.length, length - at);
        const answer = await answerOf(worker.append(of, at, bytes));
        if (at > length) expect(answer).toEqual({ expected: length });
        else if (isWrong && one.wrong! < known) expect(answer).toEqual({ expected: length, differs: true });
        else if (bytes.length > known && sealed) expect(answer).toEqual({ expected: length, sealed: true });
        else {
          // New bytes are whatever they are: what comes next must agree with them.
          if (isWrong && one.wrong! >= known) return;
          length = Math.max(length, at + bytes.length);
          expect(answer).toEqual({ length });
        }
      }
      expect(await logLength(bench.database, run, 1)).toMatchObject({ bytes: length, sealed });
      expect((await readLog(bench.database, run, 1, 0, LONG))!.equals(CONTENT.subarray(0, length))).toBe(true);
    }),
    { numRuns: 40 },
  );
});
