// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTemplate, type RenderInput, render } from '../../../compiler/render/index.js';

const period = Date.UTC(2026, 10, 22, 18, 30);
const run: RenderInput = {
  vars: [{ table: 'dw.orders', n: '${table}' }],
  period,
  now: period,
  zone: 'Asia/Shanghai',
  dataInterval: { start: period - 86_400_000, end: period },
  builtins: {},
};

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const signs = fc.string({
  unit: fc.constantFrom('$', '{', '}', ':', "'", '.', '-', '1', 'd', 'date', 'yyyy', 'n', 'table', 'zdt', '\n', '中'),
  maxLength: 40,
});

test('a text without `${` is unchanged', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), signs), (text) => {
      fc.pre(!text.includes('${'));
      expect(render(text, run)).toEqual({ text, problems: [], unknown: [], now: [] });
    }),
  );
});

test('`$${x}` gives `${x}`', () => {
  fc.assert(
    fc.property(name, (x) => {
      expect(render(`$\${${x}}`, run).text).toBe(`\${${x}}`);
    }),
  );
});

test('what the shell does with a variable is unchanged, also for names we know', () => {
  const operator = fc.constantFrom(
    ':-',
    ':=',
    ':+',
    ':?',
    '-',
    '%',
    '%%',
    '#',
    '##',
    '/',
    '//',
    '^^',
    ',,',
    ':0:',
    '[@]',
    '[1]',
  );
  const word = fc.stringMatching(/^[0-9/ _]{0,6}$/);
  fc.assert(
    fc.property(fc.oneof(name, fc.constantFrom('date', 'table', 'bizdate')), operator, word, (x, sign, rest) => {
      const text = `echo "\${${x}${sign}${rest}}" \${#${x}} $${x}`;
      const once = render(text, run);
      expect(once).toEqual({ text, problems: [], unknown: [], now: [] });
      expect(render(once.text, run)).toEqual(once);
    }),
  );
});

test('any text is answered, with every problem inside it, and the check finds the same names', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        signs,
        signs.map((inside) => `\${${inside}}`),
      ),
      (text) => {
        const { problems, unknown } = render(text, run);
        for (const { offset, length } of [...problems, ...unknown]) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset + length).toBeLessThanOrEqual(text.length);
          expect(text.slice(offset, offset + 2)).toBe('${');
        }
        expect(checkTemplate(text, run)).toEqual({ problems, unknown });
      },
    ),
    { numRuns: 500 },
  );
});

// The dialect of the old scheduler, and what must hold in both.

const hera: RenderInput = { ...run, dialect: 'hera' };
const parts = fc.string({
  unit: fc.constantFrom(
    ...[
      '${',
      '}',
      '$',
      '{',
      '"',
      "'",
      '(',
      ')',
      ',',
      '.',
      ' ',
      '\n',
      '-1',
      '5',
      '99',
      'a',
      'zdt',
      'yesterday',
      '${zdt',
    ],
    ...[
      'format',
      'addDay',
      'add',
      'set',
      'get',
      'replace',
      'substring',
      'StringToDateStr',
      'yyyy',
      'MM',
      'download[',
      ']',
    ],
  ),
  maxLength: 30,
});
const chain = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('add', 'set'), fc.integer({ min: -1, max: 18 }), fc.integer())
        .map(([name, a, b]) => `.${name}(${a},${b})`),
      fc.integer({ min: -500, max: 500 }).map((n) => `.addDay(${n})`),
      fc.constantFrom(
        '.today',
        '.time',
        '.getMillis()',
        '.format("yyyyMMdd")',
        '.format("EEEE YYYY ww a z")',
        '.replace("0","00000000")',
        '.length()',
      ),
      fc.integer({ min: -1, max: 17 }).map((n) => `.get(${n})`),
      fc.tuple(fc.string(), fc.string()).map(([a, b]) => `.StringToDateStr("${a}","yyyy-MM-dd HH:mm","${b}")`),
      parts,
    ),
    { maxLength: 6 },
  )
  .map((steps) => `\${zdt${steps.join('')}}`);
const values = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'zdt', 'yesterday', 'zdt.time'),
  fc.oneof(parts, chain, fc.constantFrom('${a}', '${b}', '${c}')),
);
const template = fc.array(fc.oneof(parts, chain, fc.string()), { maxLength: 6 }).map((all) => all.join(''));

test('anything is answered in both dialects, every problem lies inside the text and every mark inside what was made', () => {
  fc.assert(
    fc.property(template, fc.array(values, { maxLength: 3 }), fc.constantFrom(run, hera), (text, vars, dialect) => {
      const input = { ...dialect, vars };
      const { text: made, problems, unknown, now } = render(text, input);
      for (const { offset, length } of [...problems, ...unknown]) {
        expect(text.slice(offset, offset + 2)).toBe('${');
        expect(offset + length).toBeLessThanOrEqual(text.length);
      }
      for (const { offset, length } of now) expect(offset + length).toBeLessThanOrEqual(made.length);
      expect(made.length).toBeLessThan(4 * 1024 * 1024);
    }),
    { numRuns: 5000 },
  );
});

test('a text without `${` is unchanged in the dialect of the old scheduler', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), signs, parts), (text) => {
      fc.pre(!text.includes('${'));
      expect(render(text, hera)).toEqual({ text, problems: [], unknown: [], now: [] });
    }),
    { numRuns: 1000 },
  );
});

test('what the compiler takes in the dialect of the old scheduler renders for every period, where nothing is cut out', () => {
  const dates = fc.date({ min: new Date('1950-01-01'), max: new Date('2150-01-01'), noInvalidDate: true });
  const safe = chain.filter((one) => !one.includes('substring'));
  fc.assert(
    fc.property(
      safe,
      dates,
      fc.constantFrom('Asia/Shanghai', 'UTC', 'America/New_York', 'Australia/Lord_Howe'),
      (text, at, zone) => {
        const isFine = checkTemplate(text, { dialect: 'hera', vars: [] }).problems.length === 0;
        const { problems } = render(text, { ...hera, vars: [], zone, period: at.getTime() });
        if (isFine) expect(problems).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('values that double and double again are cut off with a problem, in both dialects', () => {
  const doubling = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`v${i}`, `\${v${i + 1}}`.repeat(16)]));
  const { text, problems } = render('${v0}', { ...run, vars: [{ ...doubling, v10: 'x'.repeat(1024) }] });
  expect(problems.map(({ message }) => message)).toContain('the text grows beyond 4 MiB');
  expect(text.length).toBeLessThan(64 * 1024 * 1024);
  const long = render('${v}'.repeat(100_000), { ...hera, vars: [{ v: 'x'.repeat(100_000) }] });
  expect(long.problems.map(({ message }) => message)).toEqual(['the text grows beyond 4 MiB']);
  expect(long.text.length).toBeLessThan(8 * 1024 * 1024);
  const growing = `\${zdt.format("yyyy")${'.replace("","0123456789")'.repeat(20)}}`;
  expect(render(growing, hera).problems[0]?.message).toContain('grows beyond 64 KiB');
});

test.each([
  ['${zdt', 'native'],
  ['${zdt', 'hera'],
  ['${date:y', 'native'],
  ["${date:'", 'native'],
  ['download[', 'hera'],
  ['${', 'hera'],
  ['$', 'native'],
  ['${yesterday', 'hera'],
] as const)('a megabyte of `%s` without an end is read in time (%s)', (open, dialect) => {
  const text = open.repeat(Math.ceil(1_000_000 / open.length));
  const began = performance.now();
  expect(render(text, { ...run, dialect }).text).toBe(text);
  // Linear is some milliseconds, reading the rest again for each opening would be hours.
  expect(performance.now() - began).toBeLessThan(20_000);
});
