import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { type Diagnostic, printDiagnostic } from '../../../compiler/index.js';

// A place is written into the text itself: «what is wrong», ‹what explains it›.

function draw(
  marked: string,
  options: Parameters<typeof printDiagnostic>[2] = {},
  label: string | null = 'wrong',
): string {
  const places: Record<string, { from: number; to: number }[]> = { '«': [], '‹': [] };
  const ends: Record<string, string> = { '»': '«', '›': '‹' };
  let text = '';
  for (const letter of marked) {
    if (letter === '«' || letter === '‹') places[letter]!.push({ from: text.length, to: text.length });
    else if (letter in ends) places[ends[letter]!]!.at(-1)!.to = text.length;
    else text += letter;
  }
  const at = (offset: number) => {
    const before = text.slice(0, offset).split('\n');
    return [before.length, before.at(-1)!.length + 1] as const;
  };
  const placeOf = ({ from, to }: { from: number; to: number }) => {
    const [[line, column], [endLine, endColumn]] = [at(from), at(to)];
    return { file: 'a.yaml', line, column, endLine, endColumn };
  };
  const diagnostic: Diagnostic = {
    code: 'HERA9999',
    severity: 'error',
    message: 'it is wrong',
    ...placeOf(places['«']![0]!),
    label,
    notes: places['‹']!.map((one, i) => ({ message: `because of this (${i + 1})`, ...placeOf(one) })),
    help: null,
  };
  return printDiagnostic(diagnostic, new Map([['a.yaml', new TextEncoder().encode(text)]]), options);
}

test('a mark stands below its word: after tabs, Chinese letters, emoji and combining letters', () => {
  expect(draw('\tx: «y»')).toBe(`error[HERA9999]: it is wrong
 --> a.yaml:1:5
  |
1 |     x: y
  |        ^ wrong
`);
  expect(draw('数据: «库存» # 说明')).toContain(`
1 | 数据: 库存 # 说明
  |       ^^^^ wrong`);
  expect(draw('👩‍👩‍👧 é: «x»')).toContain(`
  |       ^ wrong`);
});

test('places in one file are one snippet, each with its words; lines far apart have a gap', () => {
  expect(draw('a: ‹1›\nb: ‹2›\nc\nd\ne\n«f»: ‹3›, ‹4›\n')).toBe(`error[HERA9999]: it is wrong
 --> a.yaml:6:1
  |
1 | a: 1
  |    - because of this (1)
2 | b: 2
  |    - because of this (2)
...
6 | f: 3, 4
  | ^  -  - because of this (4)
  | |  |
  | |  because of this (3)
  | wrong
`);
});

test('a stretch of several lines has a bar from its beginning to its end', () => {
  expect(draw('run:\n  «shell:\n    file: a\n    script: b»\nowner: x\n')).toBe(`error[HERA9999]: it is wrong
 --> a.yaml:2:3
  |
2 | /   shell:
3 | |     file: a
4 | |     script: b
  | |_____________^ wrong
`);
  expect(draw('needs: «[a,\n  b]»\n')).toBe(`error[HERA9999]: it is wrong
 --> a.yaml:1:8
  |
1 |   needs: [a,
  |  ________^
2 | |   b]
  | |____^ wrong
`);
});

test('of a long stretch the beginning and the end are shown', () => {
  const lines = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`).join('\n');
  expect(draw(`«${lines}»\n`)).toBe(`error[HERA9999]: it is wrong
  --> a.yaml:1:1
   |
 1 | / line 1
 2 | | line 2
 3 | | line 3
...
11 | | line 11
12 | | line 12
   | |_______^ wrong
`);
});

test('on a narrow terminal a line is cut around the mark, and the label goes below', () => {
  const long = `needs: [${'aaaa, '.repeat(20)}«bbbb», ${'cccc, '.repeat(20)}d]`;
  expect(draw(long, { width: 40 })).toBe(`error[HERA9999]: it is wrong
 --> a.yaml:1:129
  |
1 | …aaa, aaaa, bbbb, cccc, cccc, cccc,…
  |             ^^^^ wrong
`);
  const wide = `说明: ${'数据'.repeat(30)}«库存»${'数据'.repeat(30)}`;
  for (const width of [30, 31, 32, 33]) {
    const [, , , line, marks] = draw(wide, { width }).split('\n');
    expect(line).toMatch(/^1 \| … ?[数据库存]+ ?…$/);
    const columns = [...line!.slice(0, line!.indexOf('库'))].reduce(
      (sum, one) => sum + (/[数据]/.test(one) ? 2 : 1),
      0,
    );
    expect(marks!.indexOf('^')).toBe(columns);
  }
  expect(draw('a: «bbbbbbbbbbbbbbbbbbbb»', { width: 34 }, 'expected one of these words, or another one')).toContain(`
1 | a: bbbbbbbbbbbbbbbbbbbb
  |    ^^^^^^^^^^^^^^^^^^^^
  |    |
  |    expected one of these
  |    words, or another one
`);
});

test('what would move the cursor, or hide, is shown as a letter that can be seen', () => {
  const text = draw('a\u001b[2J\u202e\u200b: «x»');
  expect(text).toContain('1 | a␛[2J��: x\n  |          ^ wrong');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\u200b]/);
});

test('colours mark what plain text marks, and nothing else', () => {
  const plain = draw('a: ‹1›\nb: «2\nc: 3»\n');
  const coloured = draw('a: ‹1›\nb: «2\nc: 3»\n', { color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  expect(coloured).toMatchInlineSnapshot(`
    "[31merror[HERA9999][0m[1m: it is wrong[0m
     [34m-->[0m a.yaml:2:4
      [34m|[0m
    [34m1[0m [34m|[0m   a: 1
      [34m|[0m      [34m-[0m [34mbecause of this (1)[0m
    [34m2[0m [34m|[0m   b: 2
      [34m|[0m  [31m____^[0m
    [34m3[0m [34m|[0m [31m|[0m c: 3
      [34m|[0m [31m|____^ wrong[0m
    "
  `);
});

test('an empty place, at the end of a line, is one sign wide', () => {
  expect(draw('run: [«»\n')).toContain('\n1 | run: [\n  |       ^ wrong\n');
  expect(draw('«»')).toContain('\n1 |\n  | ^ wrong\n');
});

test('of a line that nobody would read whole the neighbourhood of the mark is shown, on every width and in no time', () => {
  for (const letter of ['x', '数', '😀']) {
    const long = letter.repeat(150_000);
    const began = performance.now();
    for (const width of [80, Number.POSITIVE_INFINITY]) {
      const said = draw(`${long}«y»${long}`, { width });
      expect(said.length).toBeLessThan(10_000);
      const [, line, marks] = /\n1 \| (.*)\n {2}\| (.*)\n/.exec(said)!;
      const column = marks!.indexOf('^');
      expect(line).toMatch(/^….*y.*…$/u);
      expect(line).not.toMatch(/\p{Cs}/u);
      expect(column).toBe(stringWidth(line!.slice(0, line!.indexOf('y'))));
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  }
});
