import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dailyEstate, mixedEstate } from '../../bench/estates.js';
import { plainYaml } from '../../compiler/source/plain-yaml.js';
import { parseYaml } from '../../compiler/source/yaml.js';

// What the reader of plain YAML answers is what the parser of the whole language answers, or nothing.

/** What the parser makes of a text; undefined when it finds a mistake. */
function parsed(text: string) {
  const made = parseYaml('x.yaml', text, 'project');
  if (!('kind' in made) || made.findings?.length) return undefined;
  return { value: made.value, texts: made.texts };
}

/** Whether the reader answered; fails where it answered otherwise than the parser. */
function agrees(text: string): boolean {
  const plain = plainYaml(text);
  if (plain === undefined) return false;
  expect(parsed(text)).toStrictEqual({ value: plain.value, texts: plain.texts });
  return true;
}

const WORDS = [
  ...[
    'a',
    'ods/orders',
    './load',
    '2h',
    '10m',
    '007',
    '7',
    '-3',
    '0',
    '-0',
    '1e3',
    '1.5',
    '.5',
    '0x1f',
    '0o7',
    '1_000',
  ],
  ...[
    'true',
    'True',
    'yes',
    'no',
    'null',
    '~',
    'Null',
    '.inf',
    '.nan',
    '2026-01-31',
    '02:30',
    'a: b',
    'a:b',
    'a #b',
    'a#b',
    'x:',
  ],
  ...[
    '${bizdate}',
    '$',
    '-',
    '--',
    '- a',
    '?',
    '? a',
    '*',
    '*a',
    '&a b',
    '!x',
    '|',
    '>',
    '%',
    '@a',
    '`',
    '<<',
    '__proto__',
    '{a}',
    'a, b',
  ],
  ...[
    '"',
    "'",
    '"a',
    "it's",
    "'it''s'",
    '"a\\n\\t\\"b\\""',
    '"\\x41"',
    '"\\u0041"',
    '"a" b',
    '""',
    "''",
    '"#"',
    'Grün',
    '每日',
    '😀',
    'a  b',
    '(x)',
    '^a',
  ],
  ...[
    'a]',
    'a}',
    '[a',
    '{a',
    ',',
    '#',
    ' ',
    '',
    'a\\',
    '/a',
    'a/',
    '.',
    '..',
    '...',
    '---',
    '+',
    '+1',
    '9007199254740993',
    '00',
    '1.',
    '.e1',
    '=',
    ';',
  ],
];
const PLAIN = ['a', 'ods/orders', '2h', '7', 'true', '"a"', "'it''s'", '${bizdate}', 'a  b', 'a:b', 'Grün'];
const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...PLAIN) },
  { weight: 2, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
);
const name = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...'abcdefghij', 'run', 'shell', 'needs', 'x-y', '_z', 'a.b') },
  { weight: 1, arbitrary: word },
);

const inBrackets: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word,
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 3 })
      .map((members) => `{ ${members.map(([k, v]) => `${k}: ${v}`).join(', ')} }`),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => `[ ${items.join(' ,')}]`),
  ),
})).value;

/** Lines of a value behind `name:`, the first on its line; now and then with what spoils an indent, a comment, an empty line. */
const lines: fc.Arbitrary<readonly string[]> = fc.letrec<{ value: readonly string[]; map: readonly string[] }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.tuple(inBrackets, fc.constantFrom('', '', '', ' # why', '#', ' ')).map(([text, end]) => [` ${text}${end}`]),
      fc
        .tuple(
          fc.constantFrom('|', '|-', '|', '|-', '|', '>', '|+', '| # x'),
          fc.array(fc.tuple(fc.constantFrom('  ', '  ', '  ', '  ', '    ', '', ' '), word), { maxLength: 4 }),
        )
        .map(([mark, body]) => [` ${mark}`, ...body.map(([indent, text]) => `${indent}${text}`)]),
      fc
        .tuple(fc.constantFrom('', ' ', ' # c'), fc.constantFrom('  ', '  ', '  ', ' ', ''), tie('map'))
        .map(([head, by, map]) => [head, ...map.map((line) => `${by}${line}`)]),
      fc
        .tuple(
          fc.constantFrom('  ', '', ' '),
          fc.array(
            fc.oneof(
              inBrackets.map((text) => [text]),
              tie('map'),
            ),
            { maxLength: 3 },
          ),
        )
        .map(([by, items]) => [
          '',
          ...items.flatMap((item) => item.map((line, i) => `${by}${i === 0 ? '- ' : '  '}${line}`)),
        ]),
    ),
    map: fc
      .array(fc.tuple(fc.constantFrom('', '', '', '', '', '', '# c\n', '\n', ' '), name, tie('value')), {
        minLength: 1,
        maxLength: 4,
      })
      .map((members) => members.flatMap(([before, key, value]) => `${before}${key}:${value.join('\n')}`.split('\n'))),
  }),
).map;

test('for whatever is put together from the forms of YAML', () => {
  let [answered, all] = [0, 0];
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\n', '\n', '\n', ''), (made, end) => {
      all++;
      if (agrees(`${made.join('\n')}${end}`)) answered++;
    }),
    { numRuns: 5_000 },
  );
  // It is asked about what it knows, and about what it does not.
  expect(answered / all).toBeGreaterThan(0.05);
  expect(answered / all).toBeLessThan(0.9);
});

test('for real definitions with a letter taken away, put in or exchanged', () => {
  const texts = [...dailyEstate(600), ...mixedEstate(60)].flatMap(([path, text]) =>
    path.endsWith('.yaml') ? [text] : [],
  );
  for (const text of texts) expect(agrees(text), text).toBe(true);
  const letter = fc.constantFrom(
    ...' \n:-#[]{},"\'|>&*!?%@`\t\\~<0a.=',
    '\r\n',
    '  ',
    ': ',
    '- ',
    ' #',
    '\n\n',
    '\u{feff}',
    '\u2028',
    '\u0085',
  );
  const edit = fc.tuple(fc.nat(400), fc.nat(2), letter);
  let answered = 0;
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      const edited = edits.reduce(
        (now, [at, gone, put]) => now.slice(0, at % (now.length + 1)) + put + now.slice((at % (now.length + 1)) + gone),
        text,
      );
      if (agrees(edited)) answered++;
    }),
    { numRuns: 5_000 },
  );
  expect(answered).toBeGreaterThan(500);
});

test.each([
  ['an anchor', 'a: &x 1\nb: *x\n'],
  ['a merge', 'a: {}\n<<: {}\n'],
  ['a tag', 'a: !x y\n'],
  ['a folded text', 'a: >\n  x\n'],
  ['a text of two lines', 'a: x\n  y\n'],
  ['a name twice', 'a: 1\na: 2\n'],
  ['a prototype', '__proto__: 1\n'],
  ['a number that loses by reading', 'a: 9007199254740993\n'],
  ['a second document', 'a: 1\n---\nb: 1\n'],
  ['a directive', '%YAML 1.1\n---\na: yes\n'],
  ['a tab', 'a:\tb\n'],
  ['an escape by number', 'a: "\\u0041"\n'],
  ['nothing', '\n'],
  ['a list alone', '- a\n'],
  ['no value', 'a:\n'],
  ['lists beyond measure', `a: ${'['.repeat(400)}${']'.repeat(400)}\n`],
])('%s is left to the parser', (_, text) => {
  expect(plainYaml(text)).toBeUndefined();
});

test('an answer that is another is seen', () => {
  expect(plainYaml('a: 1\n')).not.toEqual(parsed('a: "1"\n'));
  expect(plainYaml('a: 1\n')).toEqual(parsed('a: 1\n'));
});
