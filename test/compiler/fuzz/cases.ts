// A case is a few files that a stranger could push. It is made from a seed and a number alone, so that what was found can be made again.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import { codes, type Tree } from '../../../compiler/index.js';
import { type Random, randomOf } from './random.js';
import { FIELDS, FILE_NAMES, SCRIPT_SIGNS, VALUES, YAML_SIGNS } from './words.js';

export type Files = ReadonlyMap<string, Uint8Array>;

const ROOT = join(import.meta.dirname, '../../..');
const encoder = new TextEncoder();

function filesBelow(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path)]),
  );
}

/** These only cost time: a loop without end and memory without end are known to be diagnostics. */
const DEAR = new Set(['HERA5004', 'HERA5005', 'HERA5006']);

/** Real projects: the fixtures, the example, every example of the catalogue. */
function readCorpus(): readonly Files[] {
  const fixtures = ['valid', 'invalid'].flatMap((kind) => {
    const folder = join(ROOT, 'test/compiler/fixtures', kind);
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return names.map(({ name }) => filesBelow(join(folder, name)));
  });
  const examples = Object.entries(codes)
    .filter(([code]) => !DEAR.has(code))
    .flatMap(([, { failing, repaired }]) => [failing, repaired])
    .map((files) => new Map(Object.entries(files).map(([file, text]) => [file, encoder.encode(text)])));
  return [...fixtures, filesBelow(join(ROOT, 'examples/warehouse')), ...examples].filter(({ size }) => size > 0);
}

const corpus = readCorpus();
const definitions = corpus.flatMap((files) => [...files].filter(([file]) => /\.(ts|ya?ml)$/.test(file)));
const textsOf = (ending: RegExp): readonly string[] =>
  definitions.filter(([file]) => ending.test(file)).map(([, bytes]) => Buffer.from(bytes).toString('utf8'));
const yamlTexts = textsOf(/\.ya?ml$/);
const scriptTexts = textsOf(/\.ts$/);

/** One file or a small project, with its project file unless it brings its own. */
export function caseOf(seed: number, index: number): Files {
  const random = randomOf(seed, index);
  switch (random.below(10)) {
    case 0:
    case 1:
      return mutatedProject(random);
    case 2:
    case 3:
      return oneFile(random, 'yaml', encoder.encode(mutated(random, random.pick(yamlTexts), YAML_SIGNS)));
    case 4:
    case 5:
      return oneFile(random, 'ts', encoder.encode(mutated(random, random.pick(scriptTexts), SCRIPT_SIGNS)));
    case 6:
      return oneFile(random, 'yaml', encoder.encode(randomYaml(random)));
    case 7:
      return oneFile(random, 'ts', encoder.encode(randomScript(random)));
    case 8:
      return oneFile(random, random.pick(['yaml', 'ts']), soup(random));
    default:
      return oneFile(random, random.pick(['yaml', 'ts']), flipped(random, random.pick(definitions)[1]));
  }
}

const oneFile = (random: Random, ending: string, bytes: Uint8Array): Files =>
  new Map([[`${random.once(8) ? random.pick(FILE_NAMES) : 'job'}.${ending}`, bytes]]);

/** A project of which one or two files are changed, renamed or gone. */
function mutatedProject(random: Random): Files {
  const files = new Map(random.pick(corpus));
  for (let times = 1 + random.below(2); times > 0; times--) {
    const [file, bytes] = random.pick([...files]);
    const fate = random.below(6);
    if (fate === 0) files.delete(file);
    else if (fate === 1) {
      files.delete(file);
      files.set(
        file.replace(/[^/.]+(?=\.)/, () => random.pick(FILE_NAMES)),
        bytes,
      );
    } else {
      const signs = file.endsWith('.ts') ? SCRIPT_SIGNS : YAML_SIGNS;
      files.set(file, encoder.encode(mutated(random, Buffer.from(bytes).toString('utf8'), signs)));
    }
    if (files.size === 0) break;
  }
  return files;
}

/** A text after a few slips of the hand. */
function mutated(random: Random, text: string, signs: readonly string[]): string {
  let made = text;
  for (let times = 1 + random.below(4); times > 0; times--) made = slip(random, made, signs);
  return made;
}

function slip(random: Random, text: string, signs: readonly string[]): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.below(12));
  const lines = text.split('\n');
  const line = random.below(lines.length);
  switch (random.below(12)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at);
    case 2:
    case 3:
      return text.slice(0, at) + random.pick(signs) + text.slice(random.once(2) ? at : to);
    case 4:
      return lines.with(line, `${' '.repeat(random.below(5))}${lines[line]!.trimStart()}`).join('\n');
    case 5:
      return lines.with(line, random.pick(lines)).join('\n');
    case 6:
      return lines
        .toSpliced(
          line,
          random.below(2),
          random.pick(random.pick(signs === SCRIPT_SIGNS ? scriptTexts : yamlTexts).split('\n')),
        )
        .join('\n');
    case 7:
      return text.slice(0, at);
    case 8:
      return random.once(2) ? text.replaceAll('\n', '\r\n') : `\ufeff${text}`;
    case 9:
      return text.replace(/(["'])(?:(?!\1).)*\1/g, (quoted) =>
        random.once(3) ? JSON.stringify(random.pick(VALUES)) : quoted,
      );
    case 10:
      return text.replace(/\b[a-z][A-Za-z]+(?=:)/g, (name) => (random.once(4) ? random.pick(FIELDS) : name));
    default:
      return text.replace(/\d+/g, (digits) =>
        random.once(3) ? String(random.pick([0, 1, -1, 1e21, 0.5, 99999])) : digits,
      );
  }
}

/** Data of the shape of definitions: fields that exist, values that nearly fit. */
function randomData(random: Random, depth: number): unknown {
  if (depth <= 0 || random.once(3))
    return random.pick<unknown>([random.pick(VALUES), random.below(5), true, null, 1.5, -0, 1e21]);
  const size = random.below(5);
  if (random.once(4)) return Array.from({ length: size }, () => randomData(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [random.pick(FIELDS), randomData(random, depth - 1)]));
}

function randomYaml(random: Random): string {
  if (random.once(3))
    return Array.from({ length: random.below(40) }, () => random.pick([...YAML_SIGNS, ...FIELDS])).join('');
  const text = stringify(
    { run: { shell: 'true' }, ...(randomData(random, 4) as object) },
    {
      collectionStyle: random.pick(['any', 'block', 'flow']),
      defaultStringType: random.pick(['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED']),
      indent: random.pick([1, 2, 4]),
      lineWidth: random.pick([20, 80]),
    },
  );
  return random.once(2) ? text : slip(random, text, YAML_SIGNS);
}

function randomScript(random: Random): string {
  if (random.once(3))
    return Array.from({ length: random.below(40) }, () => random.pick([...SCRIPT_SIGNS, ...FIELDS])).join(' ');
  const kind = random.pick(['defineJob', 'defineJobs', 'defineFolder', 'defineProject']);
  const data = JSON.stringify(randomData(random, 4), null, random.pick([0, 2]))
    .replace(/"([a-zA-Z]+)":/g, (whole, name: string) =>
      random.once(5) ? whole : random.once(8) ? `['${name}']:` : `${name}:`,
    )
    .replace(/"[^"]*"/g, (quoted) => (random.once(6) ? `\`${quoted.slice(1, -1).replaceAll('`', '')}\`` : quoted));
  const head = `import { defineFolder, defineJob, defineJobs, defineProject, ref, self, shell, daily } from 'hera';\n`;
  const bodies = [
    `export default ${kind}(${data} as never);\n`,
    `const spec = ${data};\nexport default ${kind}(spec as never);\n`,
    `const base = ${data};\nexport default ${kind}({ ...(base as object), run: shell('true') } as never);\n`,
    `export default defineJobs(Object.fromEntries(['a', 'b'].map((key) => [key, ${data}])) as never);\n`,
    `export default defineJob({ needs: [${data}, ...[ref('x')], self.previous()], run: shell(${data}) } as never);\n`,
  ];
  const text = head + random.pick(bodies);
  return random.once(2) ? text : slip(random, text, SCRIPT_SIGNS);
}

const soup = (random: Random): Uint8Array => Uint8Array.from({ length: random.below(200) }, () => random.below(256));

function flipped(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && copy.length > 0; times--)
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

const PROJECT = encoder.encode('name: shop\nzone: Asia/Shanghai\nmachineGroups: [default, hadoop]\n');

/** Cases of one compilation: each in a folder of its own, under one project, for starting the evaluation is the dear part. */
export function treeOfCases(seed: number, from: number, count: number): Tree {
  const tree = new Map<string, Uint8Array>([['hera.project.yaml', PROJECT]]);
  for (let index = from; index < from + count; index++)
    for (const [file, bytes] of caseOf(seed, index)) tree.set(`c${index}/${file}`, bytes);
  return tree;
}

/** One case as a project of its own. */
export function treeOfCase(seed: number, index: number): Tree {
  const files = caseOf(seed, index);
  const hasProject = [...files.keys()].some((file) => file.startsWith('hera.project.'));
  return hasProject ? files : new Map([['hera.project.yaml', PROJECT], ...files]);
}
