// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import { expect, test } from 'vitest';
import { compile } from '../../../compiler/index.js';
import type { NeedOutputs } from '../../../compiler/render/index.js';
import { renderSpec } from '../../../runtime/control/attempt-spec.js';

// What a worker executes, from files to the rendered script.

async function rendered(
  project: string,
  job: string,
  region: string | null = null,
  given: NeedOutputs | null = null,
): Promise<unknown> {
  const files = {
    'hera.project.yaml': project,
    'load.yaml': job,
    'ods/orders.yaml': `${DAILY}run: { shell: "true" }\n`,
  };
  const tree = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const { manifest, blobs } = await compile(tree);
  const [load] = manifest!.jobs;
  return renderSpec({
    installation: '0f1e2d3c-0000-4000-8000-000000000000',
    ...{ project: 'shop', run: '7', attempt: 1, commit: 'c'.repeat(40), region, job: load!, calendar: load!.calendar },
    period: new Date('2026-11-22T18:30:00Z'),
    begunAt: new Date('2026-11-23T00:00:00Z'),
    script: Buffer.from(blobs.get(load!.run.script.sha256)!),
    given,
  });
}

const DAILY = 'schedule: "30 2 * * *"\n';

test('parameters are variables: their defaults, with templates in them, and empty where none is needed', async () => {
  const params =
    'params: { day: { type: date, default: "${date-1d:yyyy-MM-dd}" }, n: { type: int, default: 5 }, note: { type: string, required: false } }\n';
  expect(
    await rendered(
      'name: shop\nzone: Asia/Shanghai\nvars: { n: 9 }\n',
      `${DAILY}${params}run: { shell: "\${day} \${n} [\${note}]" }\n`,
    ),
  ).toMatchObject({ script: '2026-11-22 5 []' });
});

test('dates are written in the project’s language and weeks begin on its first day', async () => {
  const job = `${DAILY}run: { shell: "\${date:MMM E} \${date.weekStart:yyyyMMdd}" }\n`;
  const project = 'name: shop\nzone: Asia/Shanghai\n';
  expect(await rendered(project, job)).toMatchObject({ script: 'Nov Mon 20261123' });
  expect(await rendered(`${project}locale: zh-CN\nweekStart: sunday\n`, job)).toMatchObject({
    script: '十一月 星期一 20261122',
  });
});

test('what only a run can know is refused before anything is executed, with every place', async () => {
  // Six months before the compiler’s January is July, before November is May, which has no fifth letter.
  const cut = "${zdt.add(2,-6).format('MMMM').substring(4)}";
  const job = `templates: hera\n${DAILY}run: { shell: { script: "a ${cut}", args: ["${cut}"] } }\n`;
  const said = `\`${cut}\` cannot be rendered: \`May\` has no characters 4 to 3`;
  expect(await rendered('name: shop\nzone: Asia/Shanghai\n', job)).toEqual({
    refused: `templates that cannot be rendered: the script: ${said}; argument 1: ${said}`,
  });
});

test('a script with the lines of Windows, and values with such lines, come with plain ones', async () => {
  const job = `vars: { v: "1\\r\\n2" }\n${DAILY}run: { shell: { script: "a\\r\\n\${v}\\r\\n", args: ["\${v}"] } }\n`;
  expect(await rendered('name: shop\nzone: Asia/Shanghai\n', job)).toMatchObject({
    script: 'a\n1\n2\n',
    args: ['1\r\n2'],
  });
});

test('the region’s value of a variable comes before the plain one of its level, and the region is a built-in', async () => {
  const project = 'name: shop\nzone: Asia/Shanghai\nregions: [eu, us]\nvars: { t: plain, eu.t: of eu, eu.far: far }\n';
  const job = (dialect: string) =>
    `${dialect}${DAILY}vars: { us.t: of us, far: near }\nrun: { shell: "\${t}, \${far}, \${run.region}" }\n`;
  const scripts = async (dialect: string) =>
    Promise.all(
      ['eu', 'us', null].map(async (region) => (await rendered(project, job(dialect), region)) as { script: string }),
    );
  expect((await scripts('')).map(({ script }) => script)).toEqual([
    'of eu, near, eu',
    'of us, near, us',
    'plain, near, ${run.region}',
  ]);
  expect((await scripts('templates: hera\n')).map(({ script }) => script)).toEqual(
    Array(3).fill('plain, near, ${run.region}'),
  );
});

const TOLD: NeedOutputs = {
  'ods/orders': {
    period: '2026-11-22T18:30:00Z',
    outputs: { rows: '12', password: '$(x) ${bizdate}' },
    mayLack: false,
  },
  load: { period: null, outputs: {}, mayLack: true },
};

test('outputs of needs stand in its texts as they were told; what was not told refuses the attempt, and an own first one is empty', async () => {
  const job = (script: string) => `${DAILY}needs: [ods/orders, { self: previous }]\nrun: { shell: "${script}" }\n`;
  const told = (script: string, given: NeedOutputs | null = TOLD) =>
    rendered('name: shop\nzone: Asia/Shanghai\n', job(script), null, given);
  expect(
    await told('${needs.ods/orders.rows} ${needs.orders.rows} ${needs.orders.password} [${needs.self.mark}]'),
  ).toMatchObject({
    script: '12 12 $(x) ${bizdate} []',
  });
  const lacking =
    'templates that cannot be rendered: the script: `ods/orders` of 2026-11-22T18:30:00Z has told no output `lines`';
  expect(await told('${needs.orders.lines}')).toEqual({ refused: lacking });
});
