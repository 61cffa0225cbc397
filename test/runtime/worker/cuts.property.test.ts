import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Cut, locate, markOf } from '../../../runtime/worker/cuts.js';
import { Growth } from '../../../runtime/worker/growth.js';
import { type OutputLimits, SpoolQuota } from '../../../runtime/worker/output-limits.js';
import { SEGMENT_BYTES, segmentEnd, segmentName } from '../../../runtime/worker/segments.js';
import { SpooledOutput } from '../../../runtime/worker/spooled-output.js';

// What is stored follows from what was written and what was left out, whatever the order of writing, reading and giving way.

const root = mkdtempSync(join(tmpdir(), 'hera-cuts-'));
afterAll(() => rmSync(root, { recursive: true }));

const cutsOf = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 900 })), { maxLength: 5 }).map((gaps) => {
  const cuts: Cut[] = [];
  let at = 0;
  for (const [kept, left] of gaps) {
    // Apart: two cuts that touch would be one.
    const from = at + kept + (cuts.length > 0 ? 1 : 0);
    cuts.push({ from, to: from + left, why: 'spool' });
    at = from + left;
  }
  return cuts;
});

test('every byte that is stored is either the byte that was written or one of a mark', () => {
  fc.assert(
    fc.property(cutsOf, fc.nat(300), (cuts, rest) => {
      const length = (cuts.at(-1)?.to ?? 0) + rest;
      const written = Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 251));
      const pieces: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(written.subarray(at, cut.from), markOf(cut));
        at = cut.to;
      }
      const stored = Buffer.concat([...pieces, written.subarray(at)]);
      for (let offset = 0; offset < stored.length; offset += 1) {
        const place = locate(cuts, offset);
        expect('mark' in place ? place.mark[0] : written[place.written]).toBe(stored[offset]);
      }
    }),
  );
});

/** One thing that happens: bytes come, the disk refuses some, bytes are shipped, the spool looks. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('print' as const), kib: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ kind: fc.constant('refuse' as const), kib: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('ship' as const), times: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('look' as const) }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

let last = 0;

/** The launcher's part, byte for byte: the byte at `i` is a function of `i`. */
class Printer {
  length = 0;
  private start: number | undefined;
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }
  print(bytes: number): void {
    for (let left = bytes; left > 0; ) {
      this.start ??= this.length;
      const size = Math.min(left, segmentEnd(this.start) - this.length);
      appendFileSync(join(this.folder, segmentName(this.start)), contentOf(this.length, size));
      this.length += size;
      left -= size;
      if (this.length === segmentEnd(this.start)) this.start = undefined;
    }
  }
  refuse(bytes: number): void {
    this.length += bytes;
    this.start = undefined;
  }
  end(): void {
    if (this.start === undefined) writeFileSync(join(this.folder, segmentName(this.length)), '', { flag: 'a' });
  }
}

const PATTERN = Buffer.from(Array.from({ length: 4093 }, (_, i) => (i % 97 === 0 ? 10 : 32 + ((i * 13) % 90))));
const contentOf = (at: number, size: number): Buffer => {
  const out = Buffer.alloc(size);
  for (let i = 0; i < size; )
    i += PATTERN.copy(
      out,
      i,
      (at + i) % PATTERN.length,
      Math.min(PATTERN.length, ((at + i) % PATTERN.length) + size - i),
    );
  return out;
};

const limits: OutputLimits = {
  attemptBytes: 4 * SEGMENT_BYTES,
  tailBytes: SEGMENT_BYTES,
  spoolBytes: 3 * SEGMENT_BYTES,
  freeBytes: 0,
};

test('whatever is printed, refused, shipped and removed in whatever order, what is stored has no hole that a mark does not tell', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      last += 1;
      const folder = join(root, String(last));
      const printer = new Printer(folder);
      const quota = new SpoolQuota(root, limits);
      let recorded: readonly Cut[] = [];
      let growth = new Growth();
      const reopen = (): SpooledOutput =>
        new SpooledOutput({
          ...{ folder, growth, quota, cuts: recorded },
          recordCuts: (cuts) => {
            recorded = cuts;
          },
        });
      let output = reopen();
      const stored: Buffer[] = [];
      let length = 0;
      const ship = async (times: number): Promise<boolean> => {
        for (let i = 0; i < times; i += 1) {
          const bytes = await output.read(length, 1024 * 1024);
          if (bytes.length === 0) return false;
          stored.push(bytes);
          length += bytes.length;
        }
        return true;
      };
      try {
        for (const one of steps) {
          if (one.kind === 'print') printer.print(one.kib * 1024);
          if (one.kind === 'refuse') printer.refuse(one.kib * 1024);
          growth.tell(printer.length, false);
          if (one.kind === 'ship') await ship(one.times);
          if (one.kind === 'look') await quota.look();
          if (one.kind === 'restart') {
            await output.close();
            growth = new Growth();
            growth.tell(printer.length, false);
            output = reopen();
          }
        }
        printer.end();
        growth.tell(printer.length, true);
        while (await ship(1)) {
          // Until all is stored.
        }
        const all = Buffer.concat(stored);
        expect(all.equals(expectedOf(recorded, printer.length))).toBe(true);
        const marks = recorded.reduce((sum, cut) => sum + markOf(cut).length, 0);
        expect(all.length - marks).toBeLessThanOrEqual(limits.attemptBytes);
        if (!steps.some((one) => one.kind === 'refuse' || one.kind === 'look') && printer.length <= limits.attemptBytes)
          expect(recorded).toEqual([]);
      } finally {
        await output.close();
        quota.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

function expectedOf(cuts: readonly Cut[], length: number): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    pieces.push(contentOf(at, cut.from - at), markOf(cut));
    at = cut.to;
  }
  return Buffer.concat([...pieces, contentOf(at, length - at)]);
}
