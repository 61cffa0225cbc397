// How long ten thousand job files take to compile, beside what their parsers alone take on the same texts in the same minute.
// `npm run bench:compile -- [--jobs 10000] [--estate daily|mixed]`. Half the files are TypeScript, half YAML, made in memory (`estates.ts`);
// docs/benchmarks.md keeps what was measured. Floors: esbuild's `transform` of the TypeScript files, and `parseDocument` of the YAML files;
// neither evaluates, checks or plans anything.
import { parseArgs } from 'node:util';
import { transform } from 'esbuild';
import { parseDocument } from 'yaml';
import { Compiler, printDiagnostics, Standby, type Tree } from '../compiler/index.js';
import { definitionHash, type Manifest } from '../compiler/manifest/index.js';
import { outlookOf, planChanges } from '../compiler/plan/index.js';
import { dailyEstate, type Estate, mixedEstate } from './estates.js';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '10000' }, estate: { type: 'string', default: 'daily' } },
});
const JOBS = Number(values.jobs);
const EDITS = 5;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const treeOf = (files: Estate): Tree =>
  new Map([...files].map(([path, text]) => [path, new TextEncoder().encode(text)]));

async function timed<T>(work: () => Promise<T> | T): Promise<Readonly<{ ms: number; result: T }>> {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
}

const textsOf = (files: Estate, ending: string): readonly string[] =>
  [...files].filter(([path]) => path.endsWith(ending)).map(([, text]) => text);

async function compileAll(compiler: Compiler, files: Estate): Promise<Manifest> {
  const tree = treeOf(files);
  const { manifest, diagnostics } = await compiler.compile(tree);
  if (!manifest || manifest.jobs.length !== JOBS) throw new Error(printDiagnostics(diagnostics.slice(0, 5), tree));
  return manifest;
}

/** The middle one of several edits, each of another file that ends so. */
async function edited(compiler: Compiler, files: Estate, ending: string, edit: (text: string) => string) {
  const paths = [...files.keys()]
    .filter((path) => /\/job\d+\.\w+$/.test(path) && path.endsWith(ending))
    .slice(0, EDITS);
  const times: number[] = [];
  for (const path of paths) {
    const changed = new Map(files).set(path, edit(files.get(path)!));
    times.push((await timed(() => compileAll(compiler, changed))).ms);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

const files = values.estate === 'mixed' ? mixedEstate(JOBS) : dailyEstate(JOBS);
const [scripts, documents] = [textsOf(files, '.ts'), textsOf(files, '.yaml')];
// As a server and `validate --watch` have it: a process waits for the next edit.
const standby = new Standby();
const compiler = new Compiler({ standby });
// The first compilation of a process is the one that a push pays for.
const cold = await timed(() => compileAll(compiler, files));
const peakMb = process.resourceUsage().maxRSS / 1024;
const typescript = await timed(() => Promise.all(scripts.map((text) => transform(text, { loader: 'ts' }))));
const yaml = await timed(() => documents.forEach((text) => void parseDocument(text).toJS()));
const unchanged = await timed(() => compileAll(compiler, files));
const yamlEdit = await edited(compiler, files, '.yaml', (text) => `${text}title: edited\n`);
const scriptEdit = await edited(compiler, files, '.ts', (text) =>
  text.replace('defineJob({', "defineJob({ title: 'edited',"),
);
const again = await timed(() => compileAll(new Compiler(), files));
const deployed = cold.result.jobs.map((job) => ({ id: job.id, hash: definitionHash(job), definition: job }));
// Another compiler's manifest, so that no hash is known yet.
const plan = await timed(() => planChanges(deployed, again.result));
if (plan.result.jobs.length > 0) throw new Error('the same files give another manifest');
// Every job changed, its times among it: the worst that one commit of defaults can do.
const moved = deployed.map((job) => {
  const definition = { ...job.definition, timeoutMs: 1, lateAfterMs: 1 };
  return { ...job, hash: 'other', definition };
});
const changed = await timed(() => {
  const changes = planChanges(moved, again.result);
  return { changes, outlook: outlookOf(moved, again.result, changes, Date.UTC(2026, 10, 24)) };
});
if (changed.result.outlook.next.size !== JOBS) throw new Error('not every job has its next fires');

const floor = typescript.ms + yaml.ms;
const line = (what: string, ms: number, ratio = ''): void => say(`${what.padEnd(50)} ${seconds(ms)}   ${ratio}`);
const timesFloors = (ms: number): string => `${(ms / floor).toFixed(2)} × floors`;
say(
  `${values.estate}: ${scripts.length} TypeScript and ${documents.length} YAML files, ${cold.result.timetables.length} timetables`,
);
line('floor, esbuild transform of the TypeScript files', typescript.ms);
line('floor, yaml parse of the YAML files', yaml.ms);
line('compile, cold', cold.ms, timesFloors(cold.ms));
line('compile, by a new compiler in the same process', again.ms, timesFloors(again.ms));
line('compile, nothing edited', unchanged.ms);
line('compile, one YAML file edited', yamlEdit);
line('compile, one TypeScript file edited', scriptEdit);
line('plan of the unchanged', plan.ms);
line('plan of all changed, with its outlook', changed.ms);
say(`memory after the cold one, at its peak               ${peakMb.toFixed(0)} MB`);
say(`memory in the end, at its peak                       ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
