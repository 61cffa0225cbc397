// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine, typed } from '../../compiler/engines/index.js';
import { compile, previewOf } from '../../compiler/index.js';

// From a definition and its machine group to the exact command line, as `hera render --command` and the worker have it.

const GROUPS = `
machineGroups:
  default: {}
  hadoop:
    python: { interpreter: python3.11 }
    java: { program: /opt/jdk/bin/java }
    hive: { url: "jdbc:hive2://hive:10000/default", user: etl, conf: { hive.exec.parallel: true } }
    spark: { master: yarn, deployMode: cluster, queue: etl, conf: { spark.ui.enabled: false } }
  yarn:
    hive: { client: hive, program: /opt/hive/bin/hive }
    yarn: { resourceManager: "http://rm:8088" }
`;

async function compiled(run: string, machineGroup: string, files: Readonly<Record<string, string>>) {
  const all = {
    'hera.project.yaml': `name: shop\nzone: Asia/Shanghai\n${GROUPS}`,
    'dw/load.yaml': `schedule: "30 2 * * *"\nmachineGroup: ${machineGroup}\nvars: { table: orders }\nrun: ${run}\n`,
    ...files,
  };
  return compile(new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)])));
}

const OCCASION = { period: Date.parse('2026-11-22T18:30:00Z'), now: 0 };

/** The command line of one job, and what lies beside its script. */
async function commandOf(run: string, machineGroup = 'default', files: Readonly<Record<string, string>> = {}) {
  const { manifest, blobs, diagnostics } = await compiled(run, machineGroup, files);
  if (!manifest) throw new Error(JSON.stringify(diagnostics));
  const [job] = manifest.jobs;
  const script = new TextDecoder().decode(blobs.get(job!.run.script.sha256));
  const preview = previewOf(job!, script, { ...OCCASION, calendar: job!.calendar });
  return { command: preview.command!.text, files: preview.files, script: preview.script, masked: preview.masked };
}

const FILES = Object.fromEntries(
  ['dw/a.sql', 'dw/init.sql', 'dw/job.py', 'dw/x.jar', 'lib/y.jar', 'dw/req.txt'].map((path) => [path, `of ${path}`]),
);

test.each<[string, string, string | undefined, string]>([
  ['{ shell: "echo ${bizdate}" }', 'default', undefined, 'bash script.sh'],
  [
    '{ python: { script: "1", args: ["${bizdate}", a b] } }',
    'hadoop',
    undefined,
    "python3.11 -u script.py 20261122 'a b'",
  ],
  [
    '{ python: { module: etl.main, venv: /opt/venv/, args: [x] } }',
    'hadoop',
    undefined,
    '/opt/venv/bin/python -u -m etl.main x',
  ],
  [
    '{ java: { jar: x.jar, args: ["${table}"], jvmOptions: [-Xmx1g] } }',
    'hadoop',
    'x.jar',
    '/opt/jdk/bin/java -Xmx1g -jar x.jar orders',
  ],
  [
    '{ java: { jar: x.jar, main: org.Main, classpath: [/lib/y.jar, "file:/opt/lib/*"] } }',
    ...(['default', 'x.jar y.jar', "java -cp 'x.jar:y.jar:/opt/lib/*' org.Main"] as const),
  ],
  ['{ hive: "select 1" }', 'default', undefined, 'hive -f script.sql'],
  [
    '{ hive: { file: ./a.sql, init: [./init.sql], hivevars: { dt: "${bizdate}" }, conf: { hive.exec.parallel: false } } }',
    ...(['hadoop', 'init.sql'] as const),
    'beeline -u jdbc:hive2://hive:10000/default -n etl --hiveconf hive.exec.parallel=false --hivevar dt=20261122 -i init.sql -f script.sql',
  ],
  [
    '{ hive: { script: "select 1", conf: { mapreduce.job.tags: mine } } }',
    ...(['yarn', undefined] as const),
    "/opt/hive/bin/hive --hiveconf 'mapreduce.job.tags=mine,hera-${run.id}' -f script.sql",
  ],
  [
    '{ spark: { script: "select \'${table}\'", conf: { spark.sql.shuffle.partitions: 4 } } }',
    ...(['hadoop', undefined] as const),
    'spark-sql --master yarn --queue etl --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=4 -f script.sql',
  ],
  [
    '{ spark: { file: ./job.py, args: ["${date:yyyy-MM-dd}"], master: "local[2]", deployMode: client, pyFiles: [local:/opt/b.zip] } }',
    ...(['hadoop', undefined] as const),
    "spark-submit --master 'local[2]' --deploy-mode client --queue etl --conf spark.ui.enabled=false --py-files local:/opt/b.zip script.py 2026-11-23",
  ],
  [
    '{ spark: { jar: x.jar, main: org.Main, jars: [/lib/y.jar], args: [1] } }',
    ...(['hadoop', 'x.jar y.jar'] as const),
    'spark-submit --master yarn --deploy-mode cluster --queue etl --conf spark.ui.enabled=false --jars y.jar --class org.Main x.jar 1',
  ],
  [
    '{ spark: { jar: hdfs:///jobs/x.jar, main: org.Main } }',
    ...(['yarn', undefined] as const),
    "spark-submit --conf 'spark.yarn.tags=hera-${run.id}' --class org.Main hdfs:///jobs/x.jar",
  ],
])('%s on %s is one command line', async (run, group, beside, command) => {
  const made = await commandOf(run, group, FILES);
  expect(made.command).toBe(command);
  expect(made.files.join(' ')).toBe(beside ?? '');
});

test('requirements are asked of pip before anything runs, which may fetch nothing, and the job takes the place of the shell', async () => {
  const { command, files } = await commandOf('{ python: { script: "1", requirements: ./req.txt } }', 'default', FILES);
  expect(command).toMatch(
    /^bash -c '"\$0" -m pip install .*--dry-run --no-index .*exec "\$0" "\$@"' python3 req.txt -u script.py$/s,
  );
  expect(files).toEqual(['req.txt']);
});

test('the worker’s command line is the preview’s with paths instead of names', () => {
  const run = { engine: 'spark', scriptName: null, args: [], tag: 'hera-1', options: { jars: ['a.jar'] } } as const;
  expect(commandLine(run, (name) => `/w/${name}`)).toEqual({
    programs: ['spark-sql'],
    args: ['--conf', 'spark.yarn.tags=hera-1', '--jars', '/w/a.jar', '-f', '/w/script.sql'],
  });
});

test('values of secret names are shown masked in the command line', async () => {
  const url = 'jdbc:hive2://h:10000/x;user=a;password=planted';
  const { command, masked } = await commandOf(
    `{ hive: { script: "select 1", url: "${url}", hivevars: { db_password: planted, dt: a } } }`,
  );
  expect(command).not.toContain('planted');
  expect(command).toContain('--hivevar dt=a');
  expect(masked).toEqual(['db_password']);
});

test('a command line as typed is read back by a shell word by word', () => {
  const unquoted = (text: string): string[] =>
    [...text.matchAll(/(?:'[^']*'|\\'|[^' ])+/g)].map(([word]) =>
      word.replace(/'([^']*)'|\\(')/g, (_, a, b) => a ?? b),
    );
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (words) => {
      expect(unquoted(typed(words))).toEqual(words);
    }),
  );
});

describe('what an engine cannot do is told before it is deployed:', () => {
  test.each<[string, string, string]>([
    ['{ hive: { script: "select 1", args: [a] } }', 'default', 'SQL for Hive takes no arguments'],
    ['{ hive: { script: "select 1", url: "jdbc:hive2://h" } }', 'yarn', 'does not take'],
    ['{ spark: { script: "select 1", deployMode: cluster } }', 'default', 'client` mode only'],
    ['{ spark: { jar: "hdfs:///x.jar" } }', 'default', 'which class'],
    ['{ java: { jar: x.jar, classpath: [/lib/y.jar] } }', 'default', 'class path'],
    ['{ java: { jar: "hdfs:///x.jar" } }', 'default', 'a file from elsewhere is not supported yet'],
    ['{ spark: { script: "select 1", jars: [nowhere.jar] } }', 'default', 'there is no file `dw/nowhere.jar`'],
    ['{ python: { script: "1", venv: /v, interpreter: python3 } }', 'default', 'both `interpreter` and `venv`'],
    ['{ python: { script: "1", module: a } }', 'default', 'has both `script` and `module`'],
  ])('%s', async (run, group, said) => {
    const { manifest, diagnostics } = await compiled(run, group, FILES);
    expect(manifest).toBeNull();
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining(said)]);
    expect(diagnostics[0]).toMatchObject({ file: 'dw/load.yaml', line: 4 });
  });

  test('beeline without an address, where the machine group has none', async () => {
    const all = {
      'hera.project.yaml': 'name: shop\nzone: UTC\nmachineGroups: { default: { hive: { client: beeline } } }\n',
      'a.yaml': 'schedule: "30 2 * * *"\nrun: { hive: "select 1" }\n',
    };
    const tree = new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)]));
    expect((await compile(tree)).diagnostics).toEqual([
      expect.objectContaining({ code: 'HERA4017', help: expect.stringContaining('machineGroups.default.hive.url') }),
    ]);
  });
});

test('a setting of the machine group changes the jobs that it reaches, and no other', async () => {
  const project = (conf: string) =>
    `name: shop\nzone: UTC\nmachineGroups: { default: {}, big: { spark: { conf: { a: ${conf} } } } }\n`;
  const jobs = {
    'here.yaml': 'schedule: "30 2 * * *"\nrun: { spark: "select 1" }\n',
    'there.yaml': 'schedule: "30 2 * * *"\nmachineGroup: big\nrun: { spark: "select 1" }\n',
  };
  const [one, two] = await Promise.all(
    ['1', '2'].map((conf) =>
      compile(
        new Map(
          Object.entries({ 'hera.project.yaml': project(conf), ...jobs }).map(([k, v]) => [
            k,
            new TextEncoder().encode(v),
          ]),
        ),
      ),
    ),
  );
  const [before, after] = [one!.manifest!.jobs, two!.manifest!.jobs];
  expect(after[0]).toEqual(before[0]);
  expect(before[0]!.run.options).toBeUndefined();
  expect([before[1]!.run.options, after[1]!.run.options]).toEqual([{ conf: { a: '1' } }, { conf: { a: '2' } }]);
});
