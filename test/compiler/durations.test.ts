import { expect, test } from 'vitest';
import type { Finding } from '../../compiler/check/diagnostic.js';
import { duration } from '../../compiler/source/fields.js';

function read(value: unknown): Readonly<{ ms: number | undefined; help: string | undefined }> {
  const found: Finding[] = [];
  const at = { file: 'a.yaml', path: ['timeout'], texts: new Map(), report: (one: Finding) => found.push(one) };
  return { ms: duration.read(value, at), help: found[0]?.help };
}

test.each([
  ['2 hours', '2h'],
  ['1h30m', '90m'],
  ['1 day 2 hours', '26h'],
  ['PT90M', '90m'],
  ['P1DT2H', '26h'],
  ['10 分钟', '10m'],
  ['1 week', '7d'],
  ['45 sec', '45s'],
])('a length of time as others write it, %s, leads to %s, which is right', (value, right) => {
  expect(read(value)).toEqual({ ms: undefined, help: `write \`${right}\`` });
  expect(read(right).ms).toBeGreaterThan(0);
});

test.each(['soon', '2 fortnights', '2h ago', '', '9999 days', '0 hours', '-2h', 'P', '1.5h', null, {}])(
  'what says no length of time, %o, is not guessed at',
  (value) => expect(read(value)).toEqual({ ms: undefined, help: undefined }),
);
