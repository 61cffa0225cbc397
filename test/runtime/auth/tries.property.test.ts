import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashPassword, isPassword, refuseWeak } from '../../../runtime/auth/passwords.js';
import { ACCOUNT_LIMIT, judgeTry } from '../../../runtime/auth/tries.js';
import type { Tries } from '../../../runtime/store/sign-in-try.js';

const START = Date.UTC(2026, 0, 1);

/** What becomes of tries after these pauses, in seconds: which were looked at, and when. */
function tryAfter(pauses: readonly number[]): readonly number[] {
  let was: Tries = { tries: 0, since: new Date(START), closedUntil: null };
  let now = START;
  const taken: number[] = [];
  for (const pause of pauses) {
    now += pause * 1000;
    const judged = judgeTry(was, new Date(now), ACCOUNT_LIMIT);
    if (judged.kind === 'closed') continue;
    taken.push(now);
    was = judged.tries;
  }
  return taken;
}

test('five tries in a row are free, the next one waits for half a minute, then for twice as long each time', () => {
  const perSecond = tryAfter(Array.from({ length: 400 }, () => 1)).map((at) => (at - START) / 1000);
  expect(perSecond).toEqual([1, 2, 3, 4, 5, 35, 95, 215]);
});

test('however tries come, no more than nine in ten minutes and a hundred and two in a day are looked at without an hour of quiet', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 400 }), (pauses) => {
      const taken = tryAfter(pauses);
      const within = (ms: number) =>
        Math.max(0, ...taken.map((at) => taken.filter((one) => one >= at && one < at + ms).length));
      expect(within(600_000)).toBeLessThanOrEqual(9);
      expect(within(86_400_000)).toBeLessThanOrEqual(102);
    }),
    { numRuns: 300 },
  );
});

test('an hour without a try forgets them', () => {
  expect(tryAfter([1, 1, 1, 1, 1, 1, 3602, 1, 1, 1, 1, 1])).toHaveLength(10);
});

test('a password is kept as argon2id with a salt of its own, and compared whole', async () => {
  const [one, two] = await Promise.all([hashPassword('four words of mine'), hashPassword('four words of mine')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await isPassword(one, 'four words of mine')).toBe(true);
  expect(await isPassword(one, 'four words of mine ')).toBe(false);
  expect(await isPassword(undefined, 'nobody has this one')).toBe(false);
  expect(await isPassword(one, 'x'.repeat(100_000))).toBe(false);
});

test('a letter that can be typed in two ways is one letter', async () => {
  expect(
    await isPassword(await hashPassword('caf\u00e9 caf\u00e9 caf\u00e9'), 'cafe\u0301 cafe\u0301 cafe\u0301'),
  ).toBe(true);
});

test('a password has at least twelve characters and is not the account over again; nothing else is asked of it', () => {
  for (const good of ['correct horse battery', '四个没有关系的词语再加几个', 'lowercaseonly'])
    expect(() => refuseWeak('ada', good)).not.toThrow();
  for (const bad of ['short', 'x'.repeat(201), 'adaadaadaada', 'AdaAdaAdaAda1', 'aaaaaaaaaaaa'])
    expect(() => refuseWeak('ada', bad)).toThrow(/password/);
});
