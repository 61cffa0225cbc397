import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from './translator.js';

/** What a child process of ours executes, and the only files and directories (ending in `/`) that it has to read for it. */
export type Program = Readonly<{ args: readonly string[]; reads: readonly string[] }>;

const isTypeScript = import.meta.url.endsWith('.ts');
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const made = new Map<string, Promise<string>>();

/** The program of the sandbox: built, a file beside this one; run from TypeScript, the same source, its types taken out. */
export async function sandboxProgram(): Promise<Program> {
  packages ??= enginePackages();
  if (!isTypeScript) {
    const file = pathOf('./sandbox-child.js');
    return { args: [file], reads: [file, ...packages] };
  }
  const engine = pathToFileURL(createRequire(import.meta.url).resolve(ENGINE)).href;
  const code = await shipped('./sandbox-child', 'esm');
  const text = code.replace(/from "quickjs-emscripten"/, `from ${JSON.stringify(engine)}`);
  return { args: ['--input-type=module', '-e', text], reads: packages };
}

const ENGINE = 'quickjs-emscripten';

/** The engine itself, a file of one of its packages. */
export const engineFile = (): string =>
  createRequire(createRequire(import.meta.url).resolve(ENGINE)).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

let packages: readonly string[] | undefined;

/** The directories of the engine's package and of all that it depends on, wherever an installer has laid them. */
function enginePackages(): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const entry = createRequire(from).resolve(name);
    const directory = packageOf(entry);
    if (found.has(directory)) return;
    found.add(directory);
    const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    for (const other of Object.keys(dependencies)) visit(other, entry);
  };
  visit(ENGINE, import.meta.url);
  return [...found];
}

/** The directory of the package that a file belongs to. */
function packageOf(file: string): string {
  const found = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0] ?? dirname(file);
  return join(found, '/');
}

/** A module that is shipped beside this one, as script. */
export function shipped(file: string, format: 'cjs' | 'esm'): Promise<string> {
  const known = made.get(file);
  if (known) return known;
  const text = readFileSync(pathOf(isTypeScript ? `${file}.ts` : `${file}.js`), 'utf8');
  const code = transform(text, { loader: isTypeScript ? 'ts' : 'js', format, target: 'es2022' }).then((result) =>
    result.code.replace(/\/\/# sourceMappingURL=.*/g, ''),
  );
  made.set(file, code);
  return code;
}
