import { expect, test } from 'vitest';
import { linesBetween } from '../../compiler/plan/index.js';

test('lines that a script gains and loses are counted', () => {
  expect(linesBetween('one\ntwo\n', 'one\n2\nthree\n')).toEqual({ added: 2, removed: 1 });
  expect(linesBetween('', 'one\n')).toEqual({ added: 1, removed: 0 });
  expect(linesBetween('same\n', 'same\n')).toEqual({ added: 0, removed: 0 });
});

test('two long scripts with nothing in common are not compared, and hold nobody up', () => {
  const lines = (prefix: string): string => Array.from({ length: 30_000 }, (_, i) => `${prefix}${i}`).join('\n');
  const begun = performance.now();
  expect(linesBetween(lines('a'), lines('b'))).toBeNull();
  expect(performance.now() - begun).toBeLessThan(5_000);
});
