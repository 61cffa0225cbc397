import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translate } from '../../compiler/source/translate.js';

// What a text that is not TypeScript is told: `«»` stand around the marked place. Where a text to write follows, it is what the help leads to.

const findings = async (text: string) => {
  const made = await translate('a.ts', text);
  return 'findings' in made ? made.findings : [];
};
const job = (fields: string): string => `export default defineJob({ ${fields} });`;

test.each<[string, string | RegExp, string | RegExp | undefined, string?]>([
  [job("title: 'a«'» run: x"), 'a `,` is missing before `run`', /^write `,` between/, job("title: 'a', run: x")],
  [job('needs: [a« b] '.replace('a«', '«a»')), 'a `,` is missing before `b`', /^write `,`/, job('needs: [a, b]')],
  [job("title: 'it«'»s'"), "a text ends at the ' before `s`", /`\\'` for a '/, job("title: 'it\\'s'")],
  [job("title: 'a, run: shell(«'»true')"), "a text ends at the ' before `true`", /^close the text before it/],
  [job("title: 'a'«;» run: x"), '`;` stands where `,` is meant', /^write `,`/],
  [job("title «=» 'a'"), '`=` stands behind the field `title`', 'write `title: …`'],
  [job('title: «,» run: x'), 'a value is missing behind `:`', /^write the value/],
  [job("title: 'a',«,» run: x"), '`,` stands where a field is expected', 'remove one `,`'],
  [job('«machine-group»: x'), '`machine-group` is no name: it holds a `-`', /^write it between quotes/],
  [job('timeout: «2h», run: x'), '`2h` is a text, and stands without quotes', "write `'2h'`", job("timeout: '2h'")],
  [job('doneBy: «06:30»'), '`06:30` is a time, and stands without quotes', "write `'06:30'`"],
  [job('start: «2026-08-09»'), '`2026-08-09` is a day, and stands without quotes', "write `'2026-08-09'`"],
  [job('schedule: «30 2 * * *»'), '`30 2 * * *` is a cron, and stands without quotes', "write `'30 2 * * *'`"],
  [job('run: shell(echo «${»x})'), '`${…}` stands outside of a text', /^write the script between quotes/],
  ['f({\n  a: 1,\n}«;»\n', '`(` is not closed before `;`', 'close it with `)`', 'f({\n  a: 1,\n});\n'],
  ['f({\n  a: 1,\n«)»;\n', '`{` is not closed before `)`', 'close it with `}`, or remove `)`'],
  ['f(«{»\n  a: 1,\n', '`{` is not closed', 'close it with `}`'],
  ['f([a, b«)»;\n', '`[` is not closed before `)`', 'close it with `]`, or remove `)`'],
  ['f({ a: 1 })«)»;\n', '`)` closes nothing', 'remove it', 'f({ a: 1 });\n'],
  ["import { a «from» 'hera';", '`{` is not closed before `from`', 'close it with `}`', "import { a } from 'hera';"],
  ["import { a } «'hera'»;", '`from` is missing', "write `import { … } from 'hera'`"],
  ["const a = «'»b;\n", "a ' is not closed", /^close the text with '; a text of several lines/],
  ['const a = «`»b;\n', 'a ` is not closed', 'close the text with `'],
  ['const a = `${f(`x)}`«;»\n', '`(` is not closed before `;`', 'close it with `)`'],
  ['«/*» a\nconst b = 1;\n', 'a comment is not closed', 'close it with `*/`'],
  ['const a = «/»data;\n', 'a `/` begins a regular expression that does not end', 'a path stands between quotes'],
  ["const a = '«\\u12»';", '`\\u12` is no escape', 'write `\\\\` for a backslash', "const a = '\\\\u12';"],
  ['«#» a comment\n', 'a line begins with `#`', 'a comment begins with `//`', '// a comment\n'],
  ['export default «=» 1;', 'a `=` stands behind `export default`', /^write `export default defineJob/],
  ['export «defineJob»({});', '`default` is missing behind `export`', 'write `export default defineJob({ … })`'],
  ['export default 1;\nexport «default» 2;\n', '`export default` stands twice', /`defineJobs\(/],
  ['const a = 1;\nconst «a» = 2;\n', '`a` is declared twice', 'rename one'],
  ['const «class» = 1;', '`class` is a word of TypeScript and no name', 'choose another name'],
  ['const f = (a) = «>» 1;', '`=` and `>` stand apart', 'write `=>`', 'const f = (a) => 1;'],
  ['const «a»;', '`a` has no value', 'write `const a = …`'],
  ['«return» 1;\nexport {};\n', '`return` stands outside of a function', /^write `export default/],
  [job("title: 'a'«，»run: x"), '`，` is a full-width sign', 'write `,`', job("title: 'a',run: x")],
  [job('title: «“»a”'), '`“` is a full-width sign', 'write `"`'],
  ['«<<»<<<<< HEAD\nconst a = 1;\n', /^it holds the marks of a merge/, /^choose one side/],
  ['{ "run"«:» { "shell": "x" } }', 'it holds JSON and no definition', /ends in `.yaml`/],
  ['def «f»():\n    return 1\n', '`f` cannot stand behind `def`', undefined],
  ["const a = 1; // it's\nconst b = /[\"'(]/;\nf(`${a}(`«]»;", '`(` is not closed before `]`', /^close it with `\)`/],
])('%s', async (marked, message, help, mended) => {
  const [head = '', inside = '', tail = ''] = marked.split(/[«»]/);
  const text = `${head}${inside}${tail}`;
  const [first] = await findings(text);
  expect(first).toBeDefined();
  const said = first!.message.replace('`a.ts` is not TypeScript: ', '');
  expect(said).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  if (typeof help === 'string') expect(first!.help).toBe(help);
  else if (help) expect(first!.help).toMatch(help);
  const { place } = first!.at as { place: { line: number; column: number; endColumn: number } };
  expect(text.split('\n')[place.line - 1]!.slice(place.column - 1, place.endColumn - 1)).toBe(inside);
  if (mended !== undefined) expect(await findings(mended)).toEqual([]);
});

const GOOD = `import { daily, defineJob, shell } from 'hera';
// it's one
const tables = ['a', \`b\${1 + 1}\`, "c"]; /* and (so */
export default defineJob({
  title: 'Größe 数据', tags: tables.map((one) => one.replace(/[)"'\`]/g, '')),
  schedule: daily('02:30'), retries: { times: 2, wait: '5m' },
  run: shell({ script: 'echo \${bizdate}', args: ['-x'] }),
});
`;

test('whatever one sign does to a definition, what is said of it has a place in the file and says something', async () => {
  const sign = fc.constantFrom(
    '',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    "'",
    '"',
    '`',
    ',',
    ';',
    ':',
    '=',
    '/',
    '\\',
    '#',
    '${',
    '，',
    'x',
    '\n',
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(GOOD.length - 1), fc.nat(2), sign, async (at, cut, put) => {
      const text = GOOD.slice(0, at) + put + GOOD.slice(at + cut);
      const lines = text.split('\n');
      for (const { message, help, at, notes } of await findings(text)) {
        const { place } = at as { place: { line: number; column: number; endLine: number; endColumn: number } };
        expect(`${message} ${help ?? ''}`).not.toMatch(/undefined|``/);
        expect(message.length).toBeLessThan(300);
        for (const one of [place, ...(notes ?? []).map((note) => (note.at as { place: typeof place }).place)]) {
          expect(lines[one.line - 1]).toBeDefined();
          expect(one.endColumn).toBeLessThanOrEqual(lines[one.endLine - 1]!.length + 1);
        }
      }
    }),
    { numRuns: 1_500 },
  );
});

test('a script of half a megabyte in one line is explained in a moment', async () => {
  for (const piece of ['a: ', '[1, ', "'", '/x', '`${', '(', '30 2 * ', '\\u']) {
    const [first] = await findings(`const a = f({ ${piece.repeat(400 / piece.length)}${'a, '.repeat(150_000)}`);
    expect(first!.message.length).toBeLessThan(300);
  }
}, 20_000);
