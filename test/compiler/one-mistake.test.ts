import { expect, test } from 'vitest';
import { compile } from '../../compiler/index.js';

// One mistake is one diagnostic: each row is a mistake beside what it could drag along, and the codes that are all that is said of it.

const RUN = 'run: { shell: "true" }\n';
const DAILY = `schedule: "30 2 * * *"\n${RUN}`;
const script = (fields: string): string => `import { daily, defineJob, shell } from 'hera';\n${fields}`;
const job = (fields: string): string =>
  `export default defineJob({ ${fields}, schedule: daily('02:30'), run: shell('true') });\n`;

type Files = Readonly<Record<string, string | Uint8Array>>;

test.each<[string, Files, readonly string[]]>([
  [
    'an unknown need / a cycle through it',
    { 'a.yaml': `needs: [b]\n${DAILY}`, 'b.yaml': `needs: [a, c]\n${DAILY}` },
    ['HERA2003', 'HERA2006'],
  ],
  ['an unknown need / a base of that name', { 'a.yaml': `needs: [b]\nbase: b\n${RUN}` }, ['HERA2003']],
  [
    'an unknown need / the job has no other ticks',
    { 'a.yaml': `needs: [b]\n${RUN}`, 'c.yaml': `needs: [a]\n${DAILY}` },
    ['HERA2003'],
  ],
  [
    'an optional need of no job / that its scheduler does not know `optional`',
    { 'a.yaml': `needs: [{ job: b, optional: true, periods: all }]\n${DAILY}` },
    ['HERA2014'],
  ],
  ['an unknown need / its own past', { 'a.yaml': `needs: [b, { self: previous }]\n${RUN}` }, ['HERA2003']],
  ['an unknown need, twice', { 'a.yaml': `needs: [b, ./b]\n${DAILY}` }, ['HERA2003', 'HERA2013']],
  [
    'a file that is not YAML / whoever needs it',
    { 'a.yaml': `needs: [b]\n${RUN}`, 'b.yaml': 'run: {\n' },
    ['HERA1009'],
  ],
  [
    'a file that is not TypeScript / whoever imports it',
    { 'a.ts': script(`import b from './b.js';\n${job('needs: [b]')}`), 'b.ts': 'export default (;' },
    ['HERA5001'],
  ],
  [
    'a helper that is broken / three that use it',
    {
      '_h.ts': 'export const x = (;',
      ...Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [`${name}.ts`, script(`import { x } from './_h.js';\n${job('title: x')}`)]),
      ),
    },
    ['HERA5001'],
  ],
  [
    'a definition that throws / whoever needs one of its jobs',
    { 'a.yaml': `needs: [many/x]\n${RUN}`, 'many.ts': `throw new Error('no');\n` },
    ['HERA5003'],
  ],
  ['a job of the wrong shape / whoever needs it', { 'a.yaml': `needs: [b]\n${RUN}`, 'b.yaml': '- 1\n' }, ['HERA1002']],
  [
    'a wrong cron / whoever takes its ticks, and what they cover',
    { 'a.yaml': `needs: [b]\n${RUN}`, 'b.yaml': `schedule: "0 25 * * *"\n${RUN}`, 'c.yaml': `needs: [b]\n${DAILY}` },
    ['HERA3001'],
  ],
  [
    'a wrong cron / its own past',
    { 'a.yaml': `schedule: "0 25 * * *"\nneeds: [{ self: previous }]\n${RUN}` },
    ['HERA3001'],
  ],
  [
    'a run that awaits too many minutes / the run after it, which awaits few enough',
    {
      'a.yaml': `schedule: ["0 0 1 12 *", "0 0 31 12 *"]\nneeds: [{ job: b, periods: all }]\n${RUN}`,
      'b.yaml': `schedule: "* * * * *"\n${RUN}`,
      'c.yaml': `schedule: "0 0 1 * *"\nneeds: [{ job: b, periods: all }]\n${RUN}`,
    },
    ['HERA3011'],
  ],
  [
    'a cron that never fires / whoever needs it',
    { 'a.yaml': `needs: [b]\n${DAILY}`, 'b.yaml': `schedule: "0 0 31 2 *"\n${RUN}` },
    ['HERA3002'],
  ],
  [
    'a schedule of the wrong kind / whoever needs it',
    { 'a.yaml': `needs: [b]\n${DAILY}`, 'b.yaml': `schedule: 5\n${RUN}` },
    ['HERA1002'],
  ],
  [
    'a cycle / the ticks of its jobs and of those behind it',
    {
      'a.yaml': `needs: [b]\n${RUN}`,
      'b.yaml': `needs: [a]\n${RUN}`,
      'c.yaml': `needs: [b, { self: previous }]\n${RUN}`,
    },
    ['HERA2006'],
  ],
  ['a job that needs itself / a cycle', { 'a.yaml': `needs: [a]\n${DAILY}` }, ['HERA2006']],
  [
    'a closed need / ticks taken from it',
    { 'a.yaml': `needs: [b]\n${RUN}`, 'b.yaml': `enabled: false\n${DAILY}` },
    ['HERA2005'],
  ],
  [
    'a closed need / several periods of it',
    { 'a.yaml': `needs: [b]\n${DAILY}`, 'b.yaml': `enabled: false\nschedule: "5 * * * *"\n${RUN}` },
    ['HERA2005'],
  ],
  ['a misspelt field / its name that is missing', { 'a.yaml': 'rnu: { shell: "true" }\n' }, ['HERA1001']],
  ['a misspelt field inside / the record that lacks it', { 'a.yaml': `retries: { tims: 2 }\n${DAILY}` }, ['HERA1001']],
  ['an unknown engine / a run without one', { 'a.yaml': 'run: { shel: "true" }\n' }, ['HERA1001']],
  ['a need of the wrong kind / the need of nothing', { 'a.yaml': `needs: [5]\n${DAILY}` }, ['HERA1002']],
  ['needs that are no list / the job without ticks', { 'a.yaml': `needs: b\n${RUN}`, 'b.yaml': DAILY }, ['HERA1002']],
  [
    'a wrong machine group of a folder / every job below',
    { 'dw/_folder.yaml': 'machineGroup: hadop\n', 'dw/a.yaml': DAILY, 'dw/b.yaml': DAILY },
    ['HERA4001'],
  ],
  [
    'a wrong default of a folder / every job below',
    { 'dw/_folder.yaml': 'timeout: 5\n', 'dw/a.yaml': DAILY, 'dw/b.yaml': DAILY },
    ['HERA1002'],
  ],
  [
    'a wrong expression of a folder / every job below',
    { 'dw/_folder.yaml': 'env: { D: "${date:qq}" }\n', 'dw/a.yaml': DAILY, 'dw/b.yaml': DAILY },
    ['HERA4005'],
  ],
  [
    'a script that is missing / its variables',
    { 'a.yaml': 'schedule: "30 2 * * *"\nrun: { shell: { file: ./a.sh, vars: { x: "${y}" } } }\n' },
    ['HERA4002'],
  ],
  [
    'one script of two jobs, wrong / both',
    {
      'a.yaml': 'run: { shell: { file: ./s.sh } }\n',
      'b.yaml': 'run: { shell: { file: ./s.sh } }\n',
      's.sh': 'echo ${date:qq}\n',
    },
    ['HERA4005'],
  ],
  [
    'variables that hold each other / both of them',
    { 'a.yaml': 'vars: { a: "${b}", b: "${a}" }\nrun: { shell: "echo ${a}" }\n' },
    ['HERA4004'],
  ],
  [
    'one id twice / the needs of the second',
    { 'a.yaml': `needs: [b]\n${DAILY}`, 'b.yaml': DAILY, 'b.yml': `needs: [a]\n${DAILY}` },
    ['HERA2002'],
  ],
  [
    'ids of two cases / a need of one',
    { 'a.yaml': `needs: [B]\n${DAILY}`, 'b.yaml': DAILY, 'B.yaml': DAILY },
    ['HERA2004'],
  ],
  [
    'one id twice and another in capitals / either of the two',
    { 'a.yaml': DAILY, 'a.yml': DAILY, 'A.yaml': DAILY },
    ['HERA2002', 'HERA2004'],
  ],
  [
    'a path that cannot be an id / whoever needs it',
    { 'a.yaml': `needs: [报表]\n${DAILY}`, '报表.yaml': DAILY },
    ['HERA2001'],
  ],
  [
    'an end before its start / its ticks',
    { 'a.yaml': `start: "2026-02-01"\nend: "2026-01-01"\n${DAILY}`, 'b.yaml': `needs: [a]\n${RUN}` },
    ['HERA3005'],
  ],
  ['a name twice / the fields of the file', { 'a.yaml': `owner: x\nowner: y\n${DAILY}` }, ['HERA1011']],
  [
    'a name twice / another mistake of the file, which is one of its own',
    { 'a.yaml': `owner: x\nowner: y\ntimout: 2h\n${DAILY}` },
    ['HERA1001', 'HERA1011'],
  ],
  [
    'a wrong zone of a job / its cron and needs',
    { 'a.yaml': `zone: Mars\nneeds: [b]\n${DAILY}`, 'b.yaml': DAILY },
    ['HERA3003'],
  ],
  [
    'a wrong zone of the project / whoever uses it, and not the mistakes of others',
    { 'hera.project.yaml': 'name: shop\nzone: Mars\n', 'a.yaml': DAILY, 'b.yaml': `timout: 2h\n${DAILY}` },
    ['HERA1001', 'HERA3003'],
  ],
  [
    'a wrong zone of the project / what one run covers by another zone',
    {
      'hera.project.yaml': 'name: shop\nzone: Mars\n',
      'a.yaml': `needs: [b]\n${DAILY}`,
      'b.yaml': `zone: Asia/Tokyo\nschedule: ["0 0 * * *", "0 20 * * *"]\n${RUN}`,
    },
    ['HERA3003'],
  ],
  [
    'a wrong name of the project / not the mistakes of others',
    { 'hera.project.yaml': 'name: My Shop\nzone: UTC\n', 'a.yaml': `needs: [x]\n${DAILY}` },
    ['HERA1002', 'HERA2003'],
  ],
  [
    'wrong lists of the project / whoever names what stands in them',
    {
      'hera.project.yaml':
        'name: shop\nzone: UTC\nmachineGroups: etl\npools: { p: { slot: 1 } }\nalerts: [x]\nregions: eu\ncalendars: cn\nvars: [1]\n',
      'a.yaml': `machineGroup: etl\nschedule: "30 2 * * *"\nrun: { shell: "echo \${x}" }\n`,
    },
    ['HERA1001', 'HERA1002', 'HERA1002', 'HERA1002', 'HERA1002', 'HERA1002'],
  ],
  [
    'a project that is not YAML / what it might say, and not the mistakes of others',
    {
      'hera.project.yaml': 'name: shop\nzone: "UTC\n',
      'a.yaml': `machineGroup: etl\ntimout: 2h\n${DAILY}`,
      'site/config.yaml': 'theme: dark\n',
      'site/app.ts': `import react from 'react';\nexport const app = react;\n`,
    },
    ['HERA1001', 'HERA1009'],
  ],
  [
    'an `ignore` of the wrong kind / the files that it means',
    { 'hera.project.yaml': 'name: shop\nzone: UTC\nignore: site/\n', 'site/config.yaml': 'theme: dark\n' },
    ['HERA1002'],
  ],
  [
    'a misspelt field of the project / what it lists',
    { 'hera.project.yaml': 'name: shop\nzone: UTC\nmachinGroups: [etl]\n', 'a.yaml': `machineGroup: etl\n${DAILY}` },
    ['HERA1001'],
  ],
  [
    'a folder that is not YAML / its variables and its machine group in the jobs below',
    {
      'hera.project.yaml': 'name: shop\nzone: UTC\nmachineGroups: [etl]\n',
      'dw/_folder.yaml': 'vars: { x: 1\nmachineGroup: etl\n',
      'dw/a.yaml': 'run: { shell: "echo ${x}" }\n',
    },
    ['HERA1009'],
  ],
  [
    'a calendar that is not YAML / whoever uses it',
    { 'calendars/cn.yaml': 'years: {\n', 'a.yaml': `schedule: { cron: "30 2 * * *", on: cn }\n${RUN}` },
    ['HERA1009'],
  ],
  [
    'variables of the wrong kind / their names in the script',
    { 'a.yaml': 'vars: [x]\nrun: { shell: "echo ${x}" }\n' },
    ['HERA1002'],
  ],
  [
    'a word that closes a job and is none / the need that is closed',
    { 'a.yaml': `enabled: no\nneeds: [b]\n${DAILY}`, 'b.yaml': `enabled: false\n${DAILY}` },
    ['HERA1002'],
  ],
  [
    'a word of another scheduler / the field that it means and that is missing',
    { 'a.yaml': 'bash_command: echo\nschedule: "30 2 * * *"\n' },
    ['HERA1001'],
  ],
  [
    'a word of another scheduler inside / the record that lacks the right one',
    { 'a.yaml': `retries: { count: 3 }\n${DAILY}`, 'b.yaml': 'run: { shell: { command: "true" } }\n' },
    ['HERA1001', 'HERA1001'],
  ],
  [
    'a file that is no job / each of its fields, and whoever needs it',
    {
      'docker-compose.yaml': 'version: "3"\nservices: { web: { image: nginx } }\n',
      'a.yaml': `needs: [docker-compose]\n${DAILY}`,
    },
    ['HERA1005'],
  ],
  [
    'four imports that give nothing, in one file',
    {
      'a.ts': script(
        `import x from './x.js';\nimport { y } from './_y.js';\nimport fs from 'node:fs';\nimport _ from 'lodash';\n${job('title: x + y + fs + _')}`,
      ),
    },
    ['HERA5002', 'HERA5002', 'HERA5002', 'HERA5002'],
  ],
  [
    'two imports of a helper that give nothing / both files that reach it',
    {
      '_h.ts': `import { a } from './_a.js';\nimport { b } from './_b.js';\nexport const x = a + b;\n`,
      'a.ts': script(`import { x } from './_h.js';\n${job('title: x')}`),
      'b.ts': script(`import { x } from './_h.js';\n${job('title: x')}`),
    },
    ['HERA5002', 'HERA5002'],
  ],
  [
    'one variable of the wrong kind / its name, and not the name of another that is unknown',
    { 'a.yaml': 'vars: { x: [1], y: 1 }\nrun: { shell: "echo ${x} ${y} ${z}" }\n' },
    ['HERA1002', 'HERA4007'],
  ],
  [
    'letters that no text keeps, in both languages and in a name, and not the letter that is written whole',
    {
      'a.yaml': `title: "a\\0b"\ndescription: "\\ud83d\\ude00"\nvars: { "x\\0": y }\ntemplates: hera\n${DAILY}`,
      'b.ts': script(job(String.raw`title: '\ud800', tags: ['\0', '😀']`)),
    },
    ['HERA1002', 'HERA1002', 'HERA1002', 'HERA1002'],
  ],
  [
    'a short name of a zone that is several / when the job fires',
    { 'a.yaml': `zone: CST\n${DAILY}`, 'b.yaml': `zone: IST\n${DAILY}`, 'c.yaml': `zone: PRC\n${DAILY}` },
    ['HERA3003', 'HERA3003'],
  ],
  [
    'a full-width colon, or a point, between a field and what stands in it / the field that is missing',
    {
      'a.yaml': 'title: a\nrun：{ shell: x }\n',
      'b.yaml': 'run： { shell: x }\n',
      'c.yaml': 'title: c\nrun.shell: x\n',
      'd.yaml': 'run.shell.file: ./x.sh\n',
    },
    ['HERA1001', 'HERA1001', 'HERA1001', 'HERA1001'],
  ],
  [
    'definitions in another encoding / their letters, and whoever needs one of them',
    {
      'a.yaml': Buffer.concat([Buffer.from('title: '), Buffer.from([0xca, 0xfd]), Buffer.from(`\n${DAILY}`)]),
      'b.ts': Buffer.concat([Buffer.from('// '), Buffer.from([0xca, 0xfd]), Buffer.from(`\n${script(job(''))}`)]),
      'c.yaml': Buffer.from(DAILY, 'utf16le').fill(0xff, 0, 1),
      'd.yaml': `needs: [a, b]\n${RUN}`,
    },
    ['HERA1009', 'HERA1009', 'HERA5001'],
  ],
  [
    'scripts that are no text, of two jobs / their expressions, and not what lies beside a script',
    {
      'a.yaml': 'run: { shell: { file: ./gbk.sh } }\n',
      'b.yaml': 'run: { shell: { file: ./gbk.sh } }\n',
      'c.yaml': 'run: { shell: { file: ./nul.sh } }\n',
      'd.yaml': 'run: { shell: { script: ./nul.sh && ./run, files: [gbk.sh, utf16.py, run] } }\n',
      'e.yaml': 'run: { python: { file: ./utf16.py } }\n',
      'gbk.sh': Buffer.from('echo \xca\xfd ${date:qq}\n', 'latin1'),
      'nul.sh': 'true\0\n',
      run: Buffer.from('7f454c4600ff', 'hex'),
      'utf16.py': Buffer.from('print(1)\n', 'utf16le'),
    },
    ['HERA4015', 'HERA4015', 'HERA4015'],
  ],
])('%s', async (_, files, codes) => {
  const tree = new Map(
    Object.entries({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', ...files }).map(([file, text]) => [
      file,
      typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text),
    ]),
  );
  const { diagnostics } = await compile(tree);
  expect(diagnostics.map(({ code }) => code).sort()).toEqual(codes);
});

test('a byte that is not UTF-8 is told at its line, in scripts and in definitions', async () => {
  const tree = new Map([
    ['hera.project.yaml', Buffer.from('name: shop\nzone: UTC\n')],
    ['a.yaml', Buffer.from('run: { shell: { file: ./a.sh } }\n')],
    ['a.sh', Buffer.from('echo 1\r\necho \xca\xfd\n', 'latin1')],
    ['b.yaml', Buffer.from(`${DAILY}# \xca\xfd`, 'latin1')],
  ]);
  const { diagnostics } = await compile(tree);
  expect(diagnostics).toMatchObject([
    { code: 'HERA4015', file: 'a.sh', line: 2, message: 'the script `a.sh` is not UTF-8' },
    { code: 'HERA1009', file: 'b.yaml', line: 3, help: expect.stringContaining('iconv -f GBK -t UTF-8') },
  ]);
});
