import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** V8's own heap; QuickJS keeps to a limit of its own inside WebAssembly. */
const HEAP_MB = 512;

/**
 * Lowered by the shell that becomes the child, before a line of ours or an author's runs: no file can be written, no core is left, few
 * descriptors, and the kernel ends what burns processor time for minutes although nobody kills it. What a system does not know is left out.
 * Address space is not limited: V8 reserves far more than it uses.
 */
const LOWER_LIMITS =
  'for limit in "-f 0" "-c 0" "-n 64" "-t 300"; do ulimit $limit 2>/dev/null || :; done; exec "$0" "$@"';

/**
 * Starts the process in which authors' code is evaluated: an empty environment, an empty directory of its own, three pipes and no other
 * descriptor (Node opens all of its own close-on-exec), limits of the operating system where there are any.
 */
export async function startChild(): Promise<Readonly<{ child: Child; gone: Promise<void> }>> {
  const cwd = await mkdtemp(join(tmpdir(), 'hera-sandbox-'));
  const args = [`--max-old-space-size=${HEAP_MB}`, ...(await program())];
  const [command, before] =
    process.platform === 'win32' ? [process.execPath, []] : ['/bin/sh', ['-c', LOWER_LIMITS, process.execPath]];
  const child = spawn(command, [...before, ...args], {
    cwd,
    // Next's types want a NODE_ENV in every environment; this one must stay empty.
    env: {} as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  return { child, gone: closed.then(() => rm(cwd, { recursive: true, force: true })) };
}

const isTypeScript = import.meta.url.endsWith('.ts');
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const made = new Map<string, Promise<string>>();

/** Built, the child is a file beside this one; run from TypeScript, the same source, its types taken out. */
async function program(): Promise<readonly string[]> {
  if (!isTypeScript) return [pathOf('./sandbox-child.js')];
  const engine = pathToFileURL(createRequire(import.meta.url).resolve('quickjs-emscripten')).href;
  const code = await shipped('./sandbox-child', 'esm');
  return ['--input-type=module', '-e', code.replace(/from "quickjs-emscripten"/, `from ${JSON.stringify(engine)}`)];
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

/** Calls `bark` after a silence. A timer that is late because this process was busy first lets the answers in that wait in the pipe. */
export function watchdog(bark: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let generation = 0;
  const rest = (): void => {
    generation++;
    clearTimeout(timer);
  };
  return {
    /** Something must come within so many milliseconds. */
    expect(ms: number): void {
      rest();
      const mine = generation;
      timer = setTimeout(() => {
        timer = setTimeout(() => {
          if (mine === generation) bark();
        }, 50);
      }, ms);
    },
    rest,
  };
}

/** Cuts a stream into lines; answers false, and nothing more, once a line is longer than `mostChars`: its writer is no child of ours. */
export function lineReader(mostChars: number, take: (line: string) => void): (chunk: string) => boolean {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.length > mostChars) return false;
      take(line);
    }
    return rest.length <= mostChars;
  };
}
