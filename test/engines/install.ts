import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// Installs the real engines into a cache outside the tree, each once for its version and the text of how it is made: Spark by pip, Hadoop and
// Hive by Maven. Needs python3 with venv, Maven and a JDK 17 on the PATH, and the registries that these are set up for.
// In: nothing. Out: folders. What is half installed has another name until it is whole, so that nobody uses it.

const run = promisify(execFile);

export const VERSIONS = { spark: '3.5.9', hadoop: '3.3.6', hive: '3.1.3' } as const;

const CACHE = process.env.HERA_ENGINES_DIR ?? join(homedir(), '.cache', 'hera', 'engines');
const say = (text: string): void => void process.stderr.write(`engines: ${text}\n`);

/** The folder of an engine; `make` fills it the first time. `recipe`: whatever else it is made from. */
async function once(name: string, recipe: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, `${name}-${createHash('sha256').update(recipe).digest('hex').slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const begun = performance.now();
  say(`installing ${name} into ${folder}`);
  try {
    await make(making);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    throw new Error(`${name} could not be installed: ${wordsOf(error)}`, { cause: error });
  }
  renameSync(making, folder);
  say(`${name} is there after ${Math.round((performance.now() - begun) / 1000)} s`);
  return folder;
}

function wordsOf(error: unknown): string {
  const { message, stderr = '', stdout = '' } = error as { message: string; stderr?: string; stdout?: string };
  return [message, ...`${stdout}\n${stderr}`.trim().split('\n').slice(-15)].join('\n  ');
}

const LONG = { timeout: 900_000, maxBuffer: 64 * 1024 * 1024 } as const;

async function ask(program: string, args: readonly string[], cwd?: string): Promise<string> {
  try {
    return (await run(program, [...args], { ...LONG, ...(cwd !== undefined && { cwd }) })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(`there is no ${program} on the PATH: install it`, { cause: error });
    throw error;
  }
}

/** `SPARK_HOME` of the version that the engines are proven with. The folder itself is a virtual environment, whose Python has pyspark. */
export async function installSpark(): Promise<Readonly<{ home: string; python: string }>> {
  const folder = await once(`spark-${VERSIONS.spark}`, 'pip', async (making) => {
    // What pip downloads goes into a folder of its own: a virtual environment does not survive a new name, a folder of packages does.
    await ask('python3', ['-m', 'pip', 'install', '--quiet', '--target', making, `pyspark==${VERSIONS.spark}`]);
  });
  return { home: join(folder, 'pyspark'), python: folder };
}

const xmlOf = ({ group, name, version, excluded = [] }: Dependency): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>${
    excluded.length === 0
      ? ''
      : `<exclusions>${excluded.map((one) => `<exclusion><groupId>${one}</groupId><artifactId>*</artifactId></exclusion>`).join('')}</exclusions>`
  }</dependency>`;

type Dependency = Readonly<{ group: string; name: string; version: string; excluded?: readonly string[] }>;

const pomOf = (dependencies: readonly Dependency[], managed: readonly Dependency[]): string => `<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>hera</groupId><artifactId>engines</artifactId><version>1</version>
<dependencyManagement><dependencies>${managed.map(xmlOf).join('\n')}</dependencies></dependencyManagement>
<dependencies>${dependencies.map(xmlOf).join('\n')}</dependencies></project>`;

async function copyJars(folder: string, pom: string): Promise<void> {
  writeFileSync(join(folder, 'pom.xml'), pom);
  await ask('mvn', ['-B', '-ntp', '-q', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], folder);
}

const hadoop = (name: string): Dependency => ({ group: 'org.apache.hadoop', name, version: VERSIONS.hadoop });

/** Jars of HDFS and YARN, in `lib`. */
export const installHadoop = (): Promise<string> => {
  const pom = pomOf(
    [
      hadoop('hadoop-minicluster'),
      { group: 'org.mockito', name: 'mockito-core', version: '4.11.0' },
      { group: 'junit', name: 'junit', version: '4.13.2' },
    ],
    [],
  );
  return once(`hadoop-${VERSIONS.hadoop}`, pom, (making) => copyJars(making, pom));
};

const OLD_HADOOP = [
  ...['annotations', 'auth', 'client', 'common', 'distcp', 'hdfs', 'hdfs-client', 'mapreduce-client-core'],
  ...['mapreduce-client-common', 'mapreduce-client-jobclient', 'mapreduce-client-app', 'mapreduce-client-shuffle'],
  ...['yarn-api', 'yarn-client', 'yarn-common', 'yarn-registry', 'yarn-server-common', 'yarn-server-resourcemanager'],
  ...['yarn-server-applicationhistoryservice', 'yarn-server-web-proxy', 'yarn-server-nodemanager'],
].map((name) => hadoop(`hadoop-${name}`));

/** Jars of Hive in `lib`, patched for Java 17, and the launcher of its main classes in `launch`. */
export const installHive = (): Promise<string> => {
  const hive = (name: string): Dependency => ({ group: 'org.apache.hive', name, version: VERSIONS.hive });
  const wanted = [
    'common',
    'hdfs-client',
    'mapreduce-client-core',
    'mapreduce-client-common',
    'mapreduce-client-jobclient',
  ];
  const pom = pomOf(
    [
      ...['hive-service', 'hive-beeline', 'hive-cli', 'hive-jdbc'].map(hive),
      ...wanted.map((name) => hadoop(`hadoop-${name}`)),
    ],
    OLD_HADOOP,
  );
  const patches = join(import.meta.dirname, 'java');
  const recipe = [pom, ...readdirSync(patches).map((name) => readFileSync(join(patches, name), 'utf8'))].join('\n');
  return once(`hive-${VERSIONS.hive}`, recipe, async (making) => {
    await copyJars(making, pom);
    const lib = join(making, 'lib');
    for (const jar of readdirSync(lib))
      if (/^(slf4j-(log4j12|reload4j)|log4j-1\.2|reload4j)/.test(jar)) rmSync(join(lib, jar));
    const classes = join(making, 'patch');
    await ask('javac', ['-nowarn', '-d', join(making, 'launch'), join(patches, 'Launch.java')]);
    await ask('javac', ['-nowarn', '-cp', `${lib}/*`, '-d', classes, join(patches, 'SubListSerializer.java')]);
    await ask('jar', ['uf', join(lib, `hive-exec-${VERSIONS.hive}.jar`), '-C', classes, 'org']);
  });
};
