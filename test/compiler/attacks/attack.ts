import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { type Compiled, type CompileOptions, compile, type Tree } from '../../../compiler/index.js';
import { LIMITS } from '../../../compiler/source/sandbox.js';

// Every attack is made beside honest files, each with one small mistake of its own: that it is told proves that the file was read to its end.

export type Files = Readonly<Record<string, string | Uint8Array>>;

const SCRIPT = `import { defineJob, shell } from 'hera';\nexport default defineJob({ witness: 1, run: shell('true') } as never);\n`;
const WITNESSES: Files = {
  'hera.project.yaml': 'name: shop\nzone: UTC\n',
  'a-witness.ts': SCRIPT,
  'm-witness.yaml': 'witness: 1\nrun: { shell: "true" }\n',
  'z-witness.ts': SCRIPT,
};
const WITNESSED = ['a-witness.ts HERA1001', 'm-witness.yaml HERA1001', 'z-witness.ts HERA1001'];

/** Quick enough for tests, long enough for a busy machine. */
export const TIGHT = { ...LIMITS, fileMs: 300, silenceMs: 4_000 };

export const treeOf = (files: Files): Tree =>
  new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === 'string' ? new TextEncoder().encode(text) : text,
    ]),
  );

/** Compiles hostile files beside the witnesses; answers what is said of the hostile ones, `file CODE`, once all else is proven whole. */
export async function attack(
  files: Files,
  options: CompileOptions = { limits: TIGHT },
  links: Tree['links'] = new Map(),
): Promise<{ said: readonly string[]; compiled: Compiled }> {
  const tree = Object.assign(treeOf({ ...WITNESSES, ...files }), { links });
  const compiled = await compile(tree, options);
  const said = compiled.diagnostics.map(({ file, code }) => `${file} ${code}`);
  expect(said.filter((one) => one.includes('-witness.'))).toEqual(WITNESSED);
  expect(sandboxes()).toEqual([]);
  return { said: said.filter((one) => !one.includes('-witness.')), compiled };
}

/** Children of this process that evaluate authors' code. */
export function sandboxes(): readonly string[] {
  const listed = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return listed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${process.pid} `) && line.includes('--max-old-space-size=512'));
}

/** Everything that leaves the compiler, as one text. */
export const everythingIn = ({ manifest, blobs, diagnostics }: Compiled): string =>
  JSON.stringify([
    manifest,
    [...blobs].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString('latin1')]),
    diagnostics,
  ]);
