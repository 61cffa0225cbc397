import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../compiler/check/diagnostic.js';
import { compile, type Manifest, printDiagnostics, type Tree } from '../../compiler/index.js';
import { type Draft, readDraft, readProject } from '../../compiler/manifest/draft.js';
import { evaluateTypeScript } from '../../compiler/source/evaluate.js';
import type { Evaluated } from '../../compiler/source/evaluated.js';
import { findFiles, textOf } from '../../compiler/source/tree.js';
import { readYaml } from '../../compiler/source/yaml.js';

// Twins: one project in both languages. `whole` uses every field there is, `supported` those that this version's scheduler honours.

const TWINS = join(import.meta.dirname, 'fixtures/twins');

function treeOf(...path: readonly string[]): Tree {
  const folder = join(TWINS, ...path);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

const kindOf = (file: string): Evaluated['kind'] =>
  file.startsWith('hera.project') ? 'project' : /_folder\.yaml$/.test(file) ? 'folder' : 'job';

/** All that the reader makes of a project, before any rule; nothing in it may be wrong. */
async function draftOf(tree: Tree): Promise<Draft> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const { projects, folders, jobs } = findFiles(tree, ['drafts/**']);
  const files = [...projects, ...folders, ...jobs];
  const yaml = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readYaml(file, textOf(tree, file), kindOf(file)));
  const typescript = await evaluateTypeScript(
    tree,
    files.filter((file) => file.endsWith('.ts')),
  );
  expect(typescript.findings).toEqual([]);
  const evaluated = [...typescript.evaluated, ...yaml].filter((one): one is Evaluated => 'kind' in one);
  expect(evaluated).toHaveLength(files.length);
  const project = readProject(evaluated.find(({ kind }) => kind === 'project')!, report)!;
  const others = evaluated.filter(({ kind }) => kind !== 'project');
  const draft = readDraft(tree, project, others, [], report);
  expect(findings).toEqual([]);
  return draft;
}

/** A value without the places of its parts, which are where the languages differ: `self.previous()` is a call, an imported job a name. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key]) => key !== 'path' && key !== 'root');
  return Object.fromEntries(members.map(([key, member]) => [key, withoutPlaces(member)]));
}

test('every field says the same in TypeScript and in YAML', async () => {
  const [yaml, typescript] = [await draftOf(treeOf('whole', 'yaml')), await draftOf(treeOf('whole', 'typescript'))];
  expect([...typescript.byId.keys()]).toEqual([...yaml.byId.keys()]);
  // An import gives the id, a string what was written: where they lead is the same.
  const meaning = ({ byId, levels, project }: Draft) => ({
    project: project.spec,
    levels: levels.map(({ spec }) => spec),
    jobs: [...byId.values()].map(({ id, spec: { needs: _, base: __, ...spec } }) => [id, spec]),
    needs: [...byId.values()].map(({ needs }) =>
      needs.map((need) => ({ ...need, at: null, ...('written' in need && { written: null }) })),
    ),
  });
  expect(withoutPlaces(meaning(typescript))).toEqual(withoutPlaces(meaning(yaml)));
});

test('the same project in TypeScript and in YAML compiles to the same manifest', async () => {
  const manifests: string[] = [];
  for (const language of ['yaml', 'typescript']) {
    const tree = treeOf('supported', language);
    const { manifest, diagnostics } = await compile(tree);
    expect(printDiagnostics(diagnostics, tree)).toBe('');
    // Only the endings of the files that define things differ.
    const withoutEndings = (text: string): string =>
      text.replace(/((?:load|raw2?|_folder|hera\.project))\.(ts|yaml)/g, '$1');
    manifests.push(withoutEndings(JSON.stringify(manifest)));
  }
  expect(JSON.parse(manifests[1]!)).toEqual(JSON.parse(manifests[0]!));
  const [load] = (JSON.parse(manifests[0]!) as Manifest).jobs;
  expect(load).toMatchObject({
    ...{ id: 'dw/orders/load', zone: 'Europe/Berlin', locale: 'zh-CN', weekStart: 'sunday', overlap: 'allow' },
    ...{ templates: 'native', batch: { unit: 'month', offset: 0 } },
    expectedDurationMs: 1_800_000,
    catchUp: { policy: 'latest' },
    needs: [
      { job: 'dw/orders/raw', periods: 'default', on: 'success', optional: false, whenNone: 'met' },
      { kind: 'self', offset: -1, on: 'success', optional: false },
      { job: 'dw/orders/raw2', periods: 'default' },
      { periods: { all: 'window' }, on: 'finished', optional: true, whenNone: 'skip' },
      ...[{ all: 'data' }, { last: 1 }, 'nearest', 'latest'].map((periods) => ({ job: 'dw/orders/raw', periods })),
      { periods: { offset: -1 } },
      { periods: { offset: -1, unit: 'day' } },
      { periods: { last: 7, unit: 'day', offset: -1 } },
      { kind: 'self', offset: -2, on: 'finished', optional: true },
    ],
    params: [
      { name: 'day', type: 'date', default: '${bizdate}', required: false },
      { name: 'rate', type: 'number', default: '', required: false },
    ],
    vars: [
      { day: '${bizdate}', rate: '' },
      { warehouse: '/data', padded: '007' },
    ],
  });
  expect(load!.run.files.map(({ name }) => name)).toEqual(['b.txt']);
});

test('what the scheduler does not know is refused in both languages alike, each use at its place', async () => {
  const said: string[][] = [];
  for (const language of ['yaml', 'typescript']) {
    const { manifest, diagnostics } = await compile(treeOf('whole', language));
    expect(manifest).toBeNull();
    said.push(diagnostics.map(({ code, message }) => `${code} ${message}`).sort());
    for (const { code, line, help } of diagnostics) if (code === 'HERA1004') expect([line, help]).not.toContain(null);
  }
  expect(said[1]).toEqual(said[0]);
  expect(said[0]!.filter((one) => one.startsWith('HERA1004')).length).toBeGreaterThan(5);
});
