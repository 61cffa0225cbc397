import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addShown,
  append,
  beginAt,
  emptyLog,
  keepLast,
  LINE_MOST,
  linesWith,
  parseLineLink,
  prepend,
  printLineLink,
  rowsOf,
  shownLines,
} from '../../ui/log/lines.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('however a log is cut into chunks, letters and lines come out whole', () => {
  const text = fc
    .array(fc.constantFrom('a', '中', '😀', '\n', 'bc\n', '—'), { maxLength: 60 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
      const all = bytes(whole);
      const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length])].sort((a, b) => a - b);
      const log = at.slice(1).reduce((held, to, i) => append(held, all.subarray(at[i]!, to)), emptyLog(0));
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(shownLines(log)).toEqual(expected);
      expect(log.to).toBe(all.length);
    }),
  );
});

test('a log opened in its middle begins with a whole line, and earlier lines join without a seam', () => {
  const whole = bytes('first\nsecond 中\nthird\nfourth\n');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (cut) => {
      const tail = beginAt(cut, whole.subarray(cut));
      expect(['second 中', 'third', 'fourth', undefined]).toContain(shownLines(tail)[0]);
      const joined = prepend(tail, 0, whole.subarray(0, tail.from));
      expect(shownLines(joined)).toEqual(['first', 'second 中', 'third', 'fourth']);
      expect(joined.from).toBe(0);
    }),
  );
});

test('what is let go at the front is whole lines, and what is held stays right however chunks came', () => {
  const chunk = fc.array(fc.constantFrom('a\n', 'bcd\n', 'long line without its end ', '中'), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), fc.nat(120), (chunks, most) => {
      const all = bytes(chunks.flat().join(''));
      let log = emptyLog(0);
      for (const one of chunks) log = keepLast(append(log, bytes(one.join(''))), most);
      const text = new TextDecoder().decode(all.subarray(log.from));
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(shownLines(log)).toEqual(expected);
      expect(log.to).toBe(all.length);
      expect(log.from === 0 || all[log.from - 1] === 10).toBe(true);
    }),
  );
});

test('a line of many megabytes costs what is shown of it', () => {
  let log = append(emptyLog(0), bytes('before\n'));
  for (let i = 0; i < 20; i += 1) log = append(log, new Uint8Array(1024 * 1024).fill(120));
  expect(log.carry.length).toBeLessThan(1024 * 1024);
  log = append(log, bytes('\nafter\n'));
  expect(log.lines.map((line) => line.length)).toEqual([6, LINE_MOST + 2, 5]);
  expect(log.to).toBe(20 * 1024 * 1024 + 14);
});

test('a search finds the lines with a text, whatever its case and colours', () => {
  expect(linesWith(['Error one', 'fine', '\u001b[31mER\u001b[0mror two'], 'eRRor')).toEqual([0, 2]);
  expect(linesWith(['a'], '')).toEqual([]);
});

test('a progress bar shows what a terminal would, and an endless line is cut', () => {
  expect(shownLines(append(emptyLog(0), bytes(' 5%\r 60%\r100%\nwindows\r\n')))).toEqual(['100%', 'windows']);
  const [long] = shownLines(append(emptyLog(0), bytes(`${'x'.repeat(LINE_MOST + 5)}\n`)));
  expect(long).toHaveLength(LINE_MOST + 2);
});

test('long lines wrap into rows by the letters that are seen, not by their escape codes', () => {
  expect(rowsOf(['\u001b[31mabc\u001b[0m', 'abcdef', ''], 3)).toEqual([
    { line: 0, start: 0, end: 3 },
    { line: 1, start: 0, end: 3 },
    { line: 1, start: 3, end: 6 },
    { line: 2, start: 0, end: 0 },
  ]);
  expect(rowsOf(['abcdef'], 0)).toEqual([{ line: 0, start: 0, end: 6 }]);
});

describe('links to lines', () => {
  test.each([
    ['#L120', { first: 120, last: 120 }],
    ['#L120-L140', { first: 120, last: 140 }],
    ['#L140-L120', { first: 120, last: 140 }],
    ['#log', undefined],
    ['', undefined],
  ])('%s', (hash, lines) => {
    expect(parseLineLink(hash)).toEqual(lines);
  });
  test('print as they are read', () => {
    expect([printLineLink(3, 3), printLineLink(9, 3)]).toEqual(['#L3', '#L3-L9']);
  });
});

test('what is shown beside a log goes on where it follows, begins anew where it does not, and keeps its newest part', () => {
  const first = addShown(undefined, 1_000, bytes('a\nb\n'));
  expect(shownLines(addShown(first, 1_004, bytes('c\n')))).toEqual(['a', 'b', 'c']);
  expect(shownLines(addShown(first, 2_000, bytes('z\n')))).toEqual(['z']);
  let shown: ReturnType<typeof addShown> | undefined;
  for (let at = 0; at < 3 * 1024 * 1024; at += 64 * 1024)
    shown = addShown(shown, at, bytes('x'.repeat(65_535).concat('\n')));
  expect(shown!.to - shown!.from).toBeLessThanOrEqual(1024 * 1024);
  expect(shown!.to).toBe(3 * 1024 * 1024);
});
