import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { type Checked, compile, type Diagnostic, FORMAT_NAMES, renderDiagnostics } from '../../../compiler/index.js';
import { sarifSchema } from '../../support/sarif.js';

const PROJECT = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n' };
const RUN = 'schedule: "30 2 * * *"\nrun: { shell: "true" }\n';

async function check(files: Readonly<Record<string, string>>, under = ''): Promise<Checked> {
  const tree = new Map(
    Object.entries({ ...PROJECT, ...files }).map(([file, text]) => [file, new TextEncoder().encode(text)]),
  );
  const { manifest, diagnostics } = await compile(tree);
  const project = manifest && { name: 'shop', jobs: manifest.jobs.length, timetables: manifest.timetables.length };
  return { diagnostics, tree, project, under, version: '1.2.3' };
}

/** Words of a mistake that every format has to carry unharmed. */
const NASTY = 'a]]>&<b>"\'`%0A::error::##[error]@all|*_\u202e数据\u0001';
const nasty = (): Promise<Checked> =>
  check({
    'a, b:c.yaml': RUN,
    'x.yaml': `${JSON.stringify(NASTY)}: 1\n${RUN}`,
    'w.yaml': `schedule: "*/5 * * * * ?"\nrun: { shell: "true" }\n`,
  });

const many = (count: number): Promise<Checked> =>
  check(Object.fromEntries(Array.from({ length: count }, (_, i) => [`job${i}.yaml`, `nothing: 1\n${RUN}`])));

const withoutPlace: Checked = {
  diagnostics: [
    {
      ...{
        code: 'HERA0001',
        severity: 'error',
        message: 'there is no project file at the root',
        label: null,
        notes: [],
      },
      ...{ help: null, file: null, line: null, column: null, endLine: null, endColumn: null },
    } satisfies Diagnostic,
  ],
  tree: new Map(),
  project: null,
  under: '',
  version: '1.2.3',
};

describe('github', () => {
  test('an annotation has its place from the root of the repository, a title, and everything that is said', async () => {
    const checked = await check({ 'dw/a.yaml': `needs: [orders]\n${RUN}`, 'order.yaml': RUN }, 'jobs/etl');
    expect(renderDiagnostics('github', checked)).toBe(
      '::error file=jobs/etl/dw/a.yaml,line=1,endLine=1,col=9,endColumn=15,title=HERA2003::`dw/a` needs `orders`, which is not a job%0Ano such job%0Ahelp: did you mean `order`?\n1 error\n',
    );
  });

  test('an author’s words end no command and begin none', async () => {
    const text = renderDiagnostics('github', await nasty());
    const commands = text.split('\n').filter((line) => line.startsWith('::'));
    expect(commands.map((line) => /^::(\w+) /.exec(line)?.[1])).toEqual(['error', 'error', 'warning']);
    expect(commands[0]).toContain('file=a%2C b%3Ac.yaml,');
    expect(commands[1]).toContain('%250A');
    expect(text).not.toContain('##[');
    expect(text.split('\n')).toHaveLength(5);
  });

  test('of more than ten errors ten are annotations, and the others are listed and counted', async () => {
    const lines = renderDiagnostics('github', await many(14)).split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines.slice(10)).toEqual([
      '::group::not annotated, for GitHub shows ten of a kind: 4 errors',
      ...['job6', 'job7', 'job8', 'job9'].map(
        (job) => `${job}.yaml:1:1: error[HERA1001]: there is no field \`nothing\``,
      ),
      '::endgroup::',
      '14 errors',
      '',
    ]);
  });

  test('columns are left out of a place over several lines, which the runner would refuse', async () => {
    const [one] = (await check({ 'a.yaml': `nothing: 1\n${RUN}` })).diagnostics;
    const checked = { ...withoutPlace, diagnostics: [{ ...one!, endLine: 2 } as Diagnostic] };
    expect(renderDiagnostics('github', checked)).toMatch(/^::error file=a.yaml,line=1,endLine=2,title=HERA1001::/);
  });

  test('a message is cut where the runner would cut it', () => {
    const long = { ...withoutPlace.diagnostics[0]!, message: 'x'.repeat(9_000) };
    expect(renderDiagnostics('github', { ...withoutPlace, diagnostics: [long] }).length).toBeLessThan(4_100);
  });
});

describe('sarif', () => {
  const formats = {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})*$/i,
    'date-time': true as const,
  };
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, formats });
  const isSarif = ajv.compile(sarifSchema);
  const errorsOf = (text: string): unknown => (isSarif(JSON.parse(text)) ? [] : isSarif.errors);

  test('what is written is SARIF 2.1.0 by its own schema, whatever authors write', async () => {
    for (const checked of [await nasty(), await many(3), withoutPlace, await check({ 'a.yaml': RUN })])
      expect(errorsOf(renderDiagnostics('sarif', checked))).toEqual([]);
  });

  test('the schema would notice: a line 0 and a level that is none are refused', async () => {
    const log = JSON.parse(renderDiagnostics('sarif', await many(1)));
    log.runs[0].results[0].level = 'fatal';
    log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0;
    expect(errorsOf(JSON.stringify(log))).toHaveLength(2);
  });

  test('a result has its rule with help, a region in UTF-16 units, and the places that explain it', async () => {
    const checked = await check(
      {
        '数/a.yaml': `{ title: "𝒳数据", nope: 1, run: { shell: a } }\n`,
        'b.yaml': `needs: [c]\n${RUN}`,
        'c.yaml': `needs: [b]\n${RUN}`,
      },
      'jobs',
    );
    const [run] = JSON.parse(renderDiagnostics('sarif', checked)).runs;
    expect(run.columnKind).toBe('utf16CodeUnits');
    const cycle = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'HERA2006');
    expect(run.tool.driver.rules[cycle.ruleIndex]).toMatchObject({
      id: 'HERA2006',
      help: { text: expect.stringContaining('hera explain-code HERA2006') },
      defaultConfiguration: { level: 'error' },
    });
    expect(cycle.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'jobs/b.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1, startColumn: 9, endLine: 1, endColumn: 10 },
    });
    expect(cycle.relatedLocations).toMatchObject([
      { message: { text: '`c` needs `b`' }, physicalLocation: { artifactLocation: { uri: 'jobs/c.yaml' } } },
    ]);
    expect(run.results.at(-1).locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'jobs/%E6%95%B0/a.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1, startColumn: 18, endLine: 1, endColumn: 22 },
    });
  });

  test('a fingerprint survives lines that move, and two of the same mistake have two', async () => {
    const printsOf = async (text: string): Promise<readonly string[]> =>
      JSON.parse(renderDiagnostics('sarif', await check({ 'a.yaml': text }))).runs[0].results.map(
        ({ partialFingerprints }: { partialFingerprints: Record<string, string> }) =>
          partialFingerprints['heraDiagnostic/v1'],
      );
    const twice = `needs: [x, y, { job: x }]\n${RUN}`;
    const before = await printsOf(twice);
    expect(new Set(before).size).toBe(before.length);
    expect(await printsOf(`# a comment\n\n${twice}`)).toEqual(before);
  });
});

describe('junit', () => {
  type Element = Readonly<{ name: string; attributes: Readonly<Record<string, string>>; text: string }>;

  /** Every element of an XML document in order of its end; throws where the document is not well-formed. */
  function parse(xml: string): readonly Element[] {
    const parser = new SaxesParser();
    const open: { name: string; attributes: Record<string, string>; text: string }[] = [];
    const found: Element[] = [];
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ name, attributes }) => open.push({ name, attributes, text: '' }));
    parser.on('text', (text) => {
      if (open.length > 0) open.at(-1)!.text += text;
    });
    parser.on('closetag', () => found.push(open.pop()!));
    parser.write(xml).close();
    return found;
  }

  test('the parser would notice what is not XML', () => {
    expect(() => parse('<a>&nbsp;</a>')).toThrow();
    expect(() => parse('<a>\u0001</a>')).toThrow();
  });

  test('errors are failed tests of their file, the rest are tests that pass, and the counts are right', async () => {
    const elements = parse(renderDiagnostics('junit', await nasty()));
    const [root] = elements.filter(({ name }) => name === 'testsuites');
    const count = (name: string): string => String(elements.filter((one) => one.name === name).length);
    expect([root!.attributes.tests, root!.attributes.failures]).toEqual([count('testcase'), count('failure')]);
    expect(elements.filter(({ name }) => name === 'testsuite').map(({ attributes }) => attributes.name)).toEqual([
      'a, b:c.yaml',
      'w.yaml',
      'x.yaml',
      'hera validate',
    ]);
    const failure = elements.find(({ name, attributes }) => name === 'failure' && attributes.type === 'HERA1001');
    expect(failure?.attributes.message).toContain('a]]>&<b>"\'`%0A::error::');
  });

  test('a project that is right is one test that passes', async () => {
    const elements = parse(renderDiagnostics('junit', await check({ 'a.yaml': RUN })));
    expect(elements.map(({ name }) => name)).toEqual(['system-out', 'testcase', 'testsuite', 'testsuites']);
    expect(elements[0]?.text).toBe('shop: 1 job, 1 timetable');
  });
});

describe('markdown', () => {
  test('no fence inside ends the block, and nothing of an author stands outside of blocks', async () => {
    const checked = await check({ 'x.yaml': `"\`\`\`\`": 1\n${RUN}`, 'y.yaml': `owner: { "@all": 1 }\n${RUN}` });
    const text = renderDiagnostics('markdown', checked);
    const outside = text.replace(/^(`{3,})text\n[\s\S]*?\n\1\n/gm, '');
    expect(outside.trim()).toBe('### Hera: 2 errors');
    expect(text).toContain('1 | "````": 1');
  });

  test('what does not fit into a comment is counted', async () => {
    const text = renderDiagnostics('markdown', await many(600));
    expect(text.length).toBeLessThan(65_000);
    expect(text).toMatch(/\nNot shown: \d+ errors\. `hera validate` says all\.\n$/);
  });
});

test.each(FORMAT_NAMES)(
  '%s says something of a project that is right, of one without a place, and of a hostile one',
  async (format) => {
    for (const checked of [await check({ 'a.yaml': RUN }), withoutPlace, await nasty()])
      expect(renderDiagnostics(format, checked)).toMatch(/\S[\s\S]*\n$/);
  },
);
