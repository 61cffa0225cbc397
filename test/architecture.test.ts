import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// The arrows of docs/architecture.md, held by reading every import. A failure prints the file, the import and the reason.

const root = fileURLToPath(new URL('..', import.meta.url));

type File = Readonly<{ path: string; text: string; imports: readonly string[] }>;

const SOURCE = /\.(ts|tsx)$/;
const SKIPPED = new Set(['node_modules', '.next', 'dist', 'fixtures']);

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* filesBelow(path);
    else if (entry.isFile() && SOURCE.test(entry.name) && !entry.name.endsWith('.d.ts')) yield path;
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"`]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function readSource(path: string): File {
  const text = readFileSync(join(root, path), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]!);
  return { path, text, imports };
}

const sources = ['compiler', 'workflows', 'runtime', 'cli', 'ui']
  .flatMap((folder) => [...filesBelow(folder)])
  .map(readSource);

/** The file or folder in this repo that an import means; undefined for a package. */
const target = (file: string, spec: string): string | undefined =>
  spec.startsWith('.') ? normalize(join(dirname(file), spec)).replaceAll('\\', '/') : undefined;

/** Imports of `from` that `allowed` refuses, each as one line. */
function broken(
  files: readonly File[],
  from: RegExp,
  allowed: (to: string, spec: string) => boolean,
): readonly string[] {
  return files
    .filter((file) => from.test(file.path))
    .flatMap((file) =>
      file.imports
        .filter((spec) => !allowed(target(file.path, spec) ?? `package:${spec}`, spec))
        .map((spec) => `${file.path} imports ${spec}`),
    );
}

const inside =
  (...folders: readonly string[]) =>
  (to: string): boolean =>
    folders.some((folder) => to === folder || to.startsWith(`${folder}/`));
const isPackage = (to: string): boolean => to.startsWith('package:');

describe('arrows', () => {
  test('the compiler knows nothing of runtime, workflows, command line or pages', () => {
    expect(broken(sources, /^compiler\//, (to) => isPackage(to) || inside('compiler')(to))).toEqual([]);
  });

  test('the compiler has no socket, no clock and no database; only its sandbox starts a process', () => {
    const forbidden =
      /^package:(node:(net|http|https|tls|dgram|dns|fs|fs\/promises)|postgres|@temporalio\/.*|hono.*|next.*)$/;
    // The sandbox's files run a stranger's definitions in a child process, and read our own built `define` for it: the one exception.
    expect(
      broken(sources, /^compiler\/(?!source\/)/, (to) => !forbidden.test(to) && to !== 'package:node:child_process'),
    ).toEqual([]);
    const clock = sources.filter(
      (file) =>
        // The catalogue shows authors what they must not write: its examples name the clock.
        /^compiler\/(?!source\/|check\/catalogue\/)/.test(file.path) &&
        /\bDate\.now\(|\bnew Date\(\)|Math\.random\(/.test(file.text),
    );
    expect(clock.map((file) => file.path)).toEqual([]);
  });

  test('workflows import only the workflow SDK and their own contracts', () => {
    expect(
      broken(
        sources,
        /^workflows\//,
        (to) => to === 'package:@temporalio/workflow' || inside('workflows', 'compiler')(to),
      ),
    ).toEqual([]);
  });

  test('the runtime looks at workflows and compiler, and at nobody above it', () => {
    expect(
      broken(sources, /^runtime\//, (to) => isPackage(to) || inside('runtime', 'workflows', 'compiler')(to)),
    ).toEqual([]);
  });

  test('the store decides nothing: it looks at no other room of the runtime', () => {
    expect(
      broken(
        sources,
        /^runtime\/store\//,
        (to) => isPackage(to) || inside('runtime/store', 'workflows', 'compiler')(to),
      ),
    ).toEqual([]);
  });

  test('a machine-group worker has no database', () => {
    expect(
      broken(
        sources,
        /^runtime\/worker\//,
        (to) => !inside('runtime/store', 'runtime/control')(to) && to !== 'package:postgres',
      ),
    ).toEqual([]);
  });

  test('pages look only at the API', () => {
    expect(broken(sources, /^ui\//, (to) => isPackage(to) || inside('ui', 'runtime/api')(to))).toEqual([]);
  });
});

describe('rooms', () => {
  test('SQL stands only in the store', () => {
    const sql = /\b(select .+ from|insert into|update \w+ set|delete from)\b/;
    const found = sources.filter(
      (file) =>
        !file.path.startsWith('runtime/store/') &&
        !file.path.startsWith('ui/') &&
        file.text.split('\n').some((line) => sql.test(line) && /`/.test(line)),
    );
    expect(found.map((file) => file.path)).toEqual([]);
  });

  test('every folder of the runtime and the compiler says what it is for', () => {
    const folders = ['compiler', 'runtime'].flatMap((parent) =>
      readdirSync(join(root, parent))
        .map((name) => `${parent}/${name}`)
        .filter((path) => statSync(join(root, path)).isDirectory() && [...filesBelow(path)].length > 0),
    );
    const silent = folders.filter(
      (folder) => !sources.some((file) => dirname(file.path) === folder && /^(\/\/[^\n]*\n){3,}/.test(file.text)),
    );
    expect(silent).toEqual([]);
  });
});

describe('the guard itself', () => {
  const planted = (path: string, spec: string): readonly File[] => [
    { path, text: `import x from '${spec}';`, imports: [spec] },
  ];

  test('finds an import that goes back', () => {
    expect(
      broken(planted('compiler/check/x.ts', '../../runtime/store/run.js'), /^compiler\//, inside('compiler')),
    ).toEqual(['compiler/check/x.ts imports ../../runtime/store/run.js']);
  });

  test('reads imports of every form', () => {
    const file = readSource(relative(root, fileURLToPath(import.meta.url)));
    expect(file.imports).toContain('vitest');
    const text =
      "import type { A } from './a.js';\nimport './b.js';\nexport { c } from './c.js';\nawait import('./d.js');\nimport {\n  e,\n} from './e.js';";
    expect([...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3])).toEqual([
      './a.js',
      './b.js',
      './c.js',
      './d.js',
      './e.js',
    ]);
  });
});
