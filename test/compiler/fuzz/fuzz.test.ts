import { expect, test } from 'vitest';
import { treeOfCase, treeOfCases } from './cases.js';
import { judge, wrongWith } from './judge.js';

// A few of the cases of `npm run fuzz`, others each time; a find is made again with the seed that stands in the name of the test.

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

test(`files that nobody would write are a manifest or diagnostics, in every format, the same twice (FUZZ_SEED=${SEED})`, async () => {
  expect(await judge(treeOfCases(SEED, 0, 300))).toEqual([]);
  expect(await judge(treeOfCase(SEED, 300))).toEqual([]);
});

test('a case is made again from its seed and its number', () => {
  expect(treeOfCases(7, 42, 1)).toEqual(treeOfCases(7, 42, 1));
  expect(treeOfCases(7, 0, 50)).not.toEqual(treeOfCases(8, 0, 50));
});

test('the judge would notice a place outside of a file, an unknown code, and a letter that moves the cursor', () => {
  const tree = new Map([['a.yaml', new TextEncoder().encode('a: 𝒳\n')]]);
  const fine = {
    ...({ code: 'HERA1001', severity: 'error', message: 'x', label: null, notes: [], help: null } as const),
    ...{ file: 'a.yaml', line: 1, column: 4, endLine: 1, endColumn: 6 },
  };
  const wrongs = [
    fine,
    { ...fine, line: 3, endLine: 3 },
    { ...fine, endColumn: 7 },
    { ...fine, column: 5 },
    { ...fine, column: 6, endColumn: 4 },
    { ...fine, file: 'b.yaml' },
    { ...fine, code: 'HERA9999' },
    { ...fine, message: '\u001b[2J' },
  ].map((one) => wrongWith(one, tree)[0]?.split(':')[0]);
  expect(wrongs).toEqual([
    undefined,
    'a line outside of the file',
    'a column outside of the line',
    'a letter cut in two',
    'an end before its start',
    'a file that is not there',
    'no such code',
    'control letters in "\\u001b[2J"',
  ]);
});
