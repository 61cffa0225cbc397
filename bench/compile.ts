// How long ten thousand job files take to compile, beside what their parsers alone take on the same texts in the same minute.
// `npm run bench:compile -- [--jobs 10000]`. Half the files are TypeScript, half YAML, made in memory; docs/benchmarks.md keeps what was measured.
// Floors: esbuild's `transform` of the TypeScript files, and `parseDocument` of the YAML files; neither evaluates, checks or plans anything.
import { parseArgs } from 'node:util';
import { transform } from 'esbuild';
import { parseDocument } from 'yaml';
import { compile, printDiagnostics } from '../compiler/index.js';
import { definitionHash, type Manifest } from '../compiler/manifest/index.js';
import { planChanges } from '../compiler/plan/index.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '10000' } } });
const JOBS = Number(values.jobs);
const FOLDERS = 100;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const folderOf = (i: number): string => `dw/area${String(i % FOLDERS).padStart(2, '0')}`;
const isTypeScript = (i: number): boolean => Math.floor(i / FOLDERS) % 2 === 0;
const minuteOf = (i: number): string => String(i % 60).padStart(2, '0');

/** A job with three needs at most, in its own folder: the one before it is of the other language. */
function typescriptJob(i: number): string {
  const before = i - FOLDERS;
  const helper = `import { owner, scriptOf } from '../../_house.js';`;
  const imports = before >= FOLDERS ? `import before from './job${before - FOLDERS}.js';\n` : '';
  const needs = before >= 0 ? `needs: ['./job${before}'${before >= FOLDERS ? ', before' : ''}, self.previous()],` : '';
  return `import { daily, defineJob, self, shell } from 'hera';
${helper}
${imports}
const table: string = \`table_\${${i}}\`;

export default defineJob({
  description: \`Rows of \${table}, cleaned\`,
  ${i % 3 === 0 || before < 0 ? `schedule: daily('0${i % 7}:${minuteOf(i)}'),` : ''}
  ${needs}
  run: shell({ script: scriptOf(table), args: ['\${bizdate}'], vars: { table } }),
  retries: { times: 2, wait: '10m' },
  owner,
  tags: ['core', 'area${i % FOLDERS}'],
});
`;
}

function yamlJob(i: number): string {
  const before = i - FOLDERS;
  return `# Rows of table ${i}
description: Rows of table ${i}, aggregated
${i % 3 === 0 ? `schedule: "${Number(minuteOf(i))} ${i % 7} * * *"` : 'priority: high'}
needs:
  - ./job${before}
  - { self: previous }
run:
  shell:
    script: |
      set -e
      echo "\${table} of \${bizdate}"
    args: ["\${bizdate}"]
    vars: { table: dw.table_${i} }
retries: { times: 2, wait: 10m }
timeout: 2h
owner: trade
tags: [core, area${i % FOLDERS}]
`;
}

function estate(): Map<string, string> {
  const files = new Map([
    ['hera.project.yaml', 'name: shop\nzone: Asia/Shanghai\n'],
    [
      '_house.ts',
      `export const owner = 'trade';\nexport const scriptOf = (name: string): string => \`echo \${name}\`;\n`,
    ],
  ]);
  for (let i = 0; i < JOBS; i++) {
    const typescript = isTypeScript(i);
    files.set(`${folderOf(i)}/job${i}.${typescript ? 'ts' : 'yaml'}`, typescript ? typescriptJob(i) : yamlJob(i));
  }
  return files;
}

async function timed<T>(work: () => Promise<T> | T): Promise<Readonly<{ ms: number; result: T }>> {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
}

const textsOf = (files: ReadonlyMap<string, string>, ending: string): readonly string[] =>
  [...files].filter(([path]) => path.endsWith(ending)).map(([, text]) => text);

async function compileAll(files: ReadonlyMap<string, string>): Promise<Manifest> {
  const tree = new Map([...files].map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const { manifest, diagnostics } = await compile(tree);
  if (!manifest || manifest.jobs.length !== JOBS) throw new Error(printDiagnostics(diagnostics.slice(0, 5), tree));
  return manifest;
}

const files = estate();
const [scripts, documents] = [textsOf(files, '.ts'), textsOf(files, '.yaml')];
// The first compilation of a process is the one that a push pays for.
const cold = await timed(() => compileAll(files));
const typescript = await timed(() => Promise.all(scripts.map((text) => transform(text, { loader: 'ts' }))));
const yaml = await timed(() => documents.forEach((text) => void parseDocument(text).toJS()));
const again = await timed(() => compileAll(files));
const deployed = cold.result.jobs.map((job) => ({ id: job.id, hash: definitionHash(job), definition: job }));
const plan = await timed(() => planChanges(deployed, again.result));
if (plan.result.jobs.length > 0) throw new Error('the same files give another manifest');

const floor = typescript.ms + yaml.ms;
say(`${scripts.length} TypeScript and ${documents.length} YAML files, ${cold.result.timetables.length} timetables`);
say(`floor, esbuild transform of the TypeScript files   ${seconds(typescript.ms)}`);
say(`floor, yaml parse of the YAML files                ${seconds(yaml.ms)}`);
say(
  `compile, cold                                      ${seconds(cold.ms)}   ${(cold.ms / floor).toFixed(2)} × floors`,
);
say(
  `compile, again                                     ${seconds(again.ms)}   ${(again.ms / floor).toFixed(2)} × floors`,
);
say(`plan of the unchanged                              ${seconds(plan.ms)}`);
