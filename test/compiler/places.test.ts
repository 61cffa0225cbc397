import { describe, expect, test } from 'vitest';
import { compile, type Diagnostic } from '../../compiler/index.js';

// What is wrong is marked in the file itself: «the place», ‹where it is used›. The file has this one mistake.

const OPEN = { '«': '»', '‹': '›' } as const;

function unmarked(marked: string): Readonly<{ text: string; stretches: Readonly<Record<'«' | '‹', string | null>> }> {
  let text = '';
  const found: Record<'«' | '‹', string | null> = { '«': null, '‹': null };
  const starts: Record<string, string> = {};
  const point = (): string => {
    const before = text.replace(/^\ufeff/, '').split('\n');
    return `${before.length}:${before.at(-1)!.length + 1}`;
  };
  for (const letter of marked) {
    const opener = (Object.keys(OPEN) as ('«' | '‹')[]).find((one) => OPEN[one] === letter);
    if (letter === '«' || letter === '‹') starts[letter] = point();
    else if (opener) found[opener] = `${starts[opener]}-${point()}`;
    else text += letter;
  }
  return { text, stretches: found };
}

const stretchOf = (one: Pick<Diagnostic, 'line' | 'column' | 'endLine' | 'endColumn'>): string =>
  `${one.line}:${one.column}-${one.endLine}:${one.endColumn}`;

async function expectPlace(file: string, marked: string, code: string, computed = false): Promise<void> {
  const { text, stretches } = unmarked(marked);
  const files = {
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'orders.yaml': 'schedule: "30 2 * * *"\nrun: { shell: a }\n',
    [file]: text,
  };
  const tree = new Map(Object.entries(files).map(([path, one]) => [path, new TextEncoder().encode(one)]));
  const { diagnostics } = await compile(tree);
  expect(diagnostics.map((one) => `${one.file} ${one.code} ${stretchOf(one)}`)).toEqual([
    `${file} ${code} ${stretches['«']}`,
  ]);
  const notes = diagnostics[0]!.notes;
  const use = notes.find(({ message }) => message === 'used here');
  expect(use ? stretchOf(use as Diagnostic) : null).toBe(stretches['‹']);
  expect(notes.some(({ message }) => message.includes('computed'))).toBe(computed);
}

describe('YAML', () => {
  const RUN = 'run: { shell: "true" }\n';
  test.each([
    ['a plain value', `timeout: «2 h»\n${RUN}`, 'HERA1002'],
    ['a value in quotes, with them', `timeout: «"2 h"» # why\n${RUN}`, 'HERA1002'],
    ['a name in a flow mapping', `retries: { times: 1, «wiat»: 2m }\n${RUN}`, 'HERA1001'],
    ['an item of a block list', `schedule: "30 2 * * *"\nneeds:\n  - orders\n  - «order»\n${RUN}`, 'HERA2003'],
    ['an item of a flow list over lines', `schedule: "30 2 * * *"\nneeds: [orders,\n  «order»]\n${RUN}`, 'HERA2003'],
    [
      'a mapping over lines, from its first to its last letter',
      'run:\n  shell:\n    «file: a.sh\n    script: b»\n',
      'HERA1002',
    ],
    [
      'what follows Chinese letters and emoji',
      `title: 数据👩‍👧\nvars: { "数": 1 }\n${RUN}`.replace('"数"', '«"数"»'),
      'HERA1002',
    ],
    ['what follows a tab in a line', `retries: {\ttimes: 1,\t«wiat»: 2m }\n${RUN}`, 'HERA1001'],
    ['a file of Windows', `owner: a\r\ntimeout: «2 h»\r\n${RUN}`, 'HERA1002'],
    ['a file with a byte order mark', `\ufeff«timout»: 2h\n${RUN}`, 'HERA1001'],
    ['a part of a quoted text', `run: { shell: "echo «\${date:qq}» 1" }\n`, 'HERA4005'],
    ['a part of a text behind escapes', `run: { shell: "echo \\"数\\u6570\\" «\${date:qq}»" }\n`, 'HERA4005'],
    ['a part of a text in single quotes', `run: { shell: 'echo ''a'' «\${date:qq}»' }\n`, 'HERA4005'],
    ['a part of a block of text', `run:\n  shell: |\n    set -e\n      echo «\${date:qq}» 2\n`, 'HERA4005'],
    ['a part of a folded block', `run:\n  shell: >-\n    echo a\n    b\n\n    c «\${date:qq}»\n`, 'HERA4005'],
    ['a part of a plain text over lines', `run:\n  shell: echo a\n    b\n    «\${date:qq}» c\n`, 'HERA4005'],
    ['a field of a cron', `schedule: "30 «25» * * *"\n${RUN}`, 'HERA3001'],
    ['a field of one of several crons', `schedule:\n  - "30 2 * * *"\n  - '30 «25» * * *'\n${RUN}`, 'HERA3001'],
    ['an anchor’s value, and where it is used', `vars: { a: &t «2 h» }\ntimeout: ‹*t›\n${RUN}`, 'HERA1002'],
    [
      'a value that a merge brings, and the merge',
      `vars: &v { times: «many» }\nretries: { <<: ‹*v› }\n${RUN}`,
      'HERA1002',
    ],
    ['a mapping that lacks a field', `retries: «{ wait: 2m }»\n${RUN}`, 'HERA1003'],
    ['the first line of a file that lacks a field', `# a comment\n\n«owner: a»\ntags: [b]\n`, 'HERA1003'],
    ['a name that stands twice', `owner: a\n«owner»: b\n${RUN}`, 'HERA1011'],
    ['a bracket that is not closed, at the next field', `run: { shell: a\n«owner: x»\n`, 'HERA1009'],
    ['a quote that is not closed, at the end of the text', 'run: { shell: a }\ntitle: "abc«»\n\n\n', 'HERA1009'],
  ])('%s', (_, marked, code) => expectPlace('job.yaml', marked, code));
});

describe('TypeScript', () => {
  const job = (fields: string, before = ''): string =>
    `import { daily, defineJob, defineJobs, ref, self, shell } from 'hera';\n${before}export default defineJob({\n  ${fields}\n});\n`;
  const RUN = `run: shell('true'),`;
  test.each([
    ['a literal', job(`timeout: «5», ${RUN}`), 'HERA1002'],
    ['a name', job(`«timout»: '2h', ${RUN}`), 'HERA1001'],
    ['a name in quotes', job(`«'timout'»: '2h', ${RUN}`), 'HERA1001'],
    ['what follows Chinese letters and a tab', job(`title: '数据𝒳',\t«timout»: '2h', ${RUN}`), 'HERA1001'],
    [
      'a file of Windows with a byte order mark',
      `\ufeff${job(`timeout: «5», ${RUN}`)}`.replaceAll('\n', '\r\n'),
      'HERA1002',
    ],
    ['a part of a text behind escapes', job(`run: shell('echo \\'数\\u{1D4B3}\\x41\\' «\${date:qq}» 1'),`), 'HERA4005'],
    [
      'a part of a template without values, on a later line',
      job(`run: shell(\`echo\n  数 «\\\${date:qq}»\`),`),
      'HERA4005',
    ],
    ['inside of a call that spells a record', job(`run: shell({ file: «'./nothing.sh'» }),`), 'HERA4002'],
    ['a reference by its path', job(`schedule: daily('02:30'), needs: [ref(«'order'»)], ${RUN}`), 'HERA2003'],
    ['a constant, and where it is used', job(`timeout: ‹LIMIT›, ${RUN}`, `const LIMIT = «5»;\n`), 'HERA1002'],
    [
      'a member of a constant',
      job(`timeout: ‹limits.short›, ${RUN}`, `const limits = { short: «5» } as const;\n`),
      'HERA1002',
    ],
    ['what a spread of this file brings', job(`‹...common›, ${RUN}`, `const common = { timeout: «5» };\n`), 'HERA1002'],
    [
      'what stands behind a spread wins',
      job(`...common, timeout: «5», ${RUN}`, `const common = { timeout: '2h' };\n`),
      'HERA1002',
    ],
    [
      'a computed name',
      job(`[‘time’ + KEY]: «5», ${RUN}`, `const KEY = \`out\`;\n`).replaceAll(/[‘’]/g, "'"),
      'HERA1002',
    ],
    [
      'an item behind a spread list',
      job(`schedule: daily('02:30'), needs: [...both, «'order'»], ${RUN}`, `const both = ['orders'];\n`),
      'HERA2003',
    ],
    [
      'an item of a spread list',
      job(`schedule: daily('02:30'), needs: [‹...both›], ${RUN}`, `const both = ['orders', «'order'»];\n`),
      'HERA2003',
    ],
    ['a short name', job(`‹timeout›, ${RUN}`, `const timeout = «5»;\n`), 'HERA1002'],
    [
      'a definition that is exported by its name',
      `import { defineJob, shell } from 'hera';\nconst job = defineJob({ timeout: «5», ${RUN} });\nexport default job;\n`,
      'HERA1002',
    ],
    [
      'through casts and brackets',
      job(
        `timeout: (‹LIMIT› as never), ${RUN}`.replace('(‹LIMIT› as never)', '‹(LIMIT as never)›'),
        `const LIMIT = («5» satisfies number);\n`,
      ),
      'HERA1002',
    ],
    [
      'one of several jobs',
      `import { defineJobs, shell } from 'hera';\nexport default defineJobs({\n  a: { ${RUN} },\n  'b': { timeout: «5», ${RUN} },\n});\n`,
      'HERA1002',
    ],
  ])('%s', (_, marked, code) => expectPlace('job.ts', marked, code));

  test.each([
    [
      'a helper’s result, at its call',
      job(`timeout: «late(5)», ${RUN}`, `const late = (m: number) => m as never;\n`),
      'HERA1002',
    ],
    ['a template with values', job(`title: 'a', timeout: «\`\${5} h\`», ${RUN}`), 'HERA1002'],
    [
      'a spread of a helper’s file',
      job(`«...common()», ${RUN}`, `const common = () => ({ timeout: 5 });\n`),
      'HERA1002',
    ],
    [
      'a job of a loop, at the only field of that name',
      `import { defineJobs, shell } from 'hera';\nexport default defineJobs(\n  Object.fromEntries(['a'].map((table) => [table, { timeout: «5», run: shell(table) }])),\n);\n`,
      'HERA1002',
    ],
  ])('computed: %s', (_, marked, code) => expectPlace('job.ts', marked, code, true));
});

test('a mark in the wrong place would be noticed', async () => {
  await expect(expectPlace('job.yaml', 'timeout: 2« h»\nrun: { shell: a }\n', 'HERA1002')).rejects.toThrow();
});

test('thousands of mistakes of one TypeScript file are placed in a moment', async () => {
  const { text } = unmarked(
    `import { defineJob, shell } from 'hera';\nexport default defineJob({ needs: [${'1, '.repeat(3_000)}] as never, run: shell('true') });\n`,
  );
  const { diagnostics } = await compile(
    new Map(
      Object.entries({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.ts': text }).map(([file, one]) => [
        file,
        new TextEncoder().encode(one),
      ]),
    ),
  );
  expect(diagnostics).toHaveLength(3_000);
}, 20_000);
