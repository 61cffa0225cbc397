// The process in which authors' files are evaluated. It has an empty environment and no handle on anything but two pipes; its parent kills it.
// In: lines of JSON, first `{ prelude, …limits }`, then helpers and files `{ id, file, code, imports }`. Out: `{ ready }`, then one line an `id`, in order.
// Inside, QuickJS (WebAssembly) is the boundary; this process is the second one and the clock that no native call can ignore. Behind `ready` its
// parent takes every further descriptor from it, so whatever it needs of a file is read before.
import { readFileSync } from 'node:fs';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  RELEASE_SYNC,
} from 'quickjs-emscripten';
import type { Import } from './imports.js';

export type SandboxStart = Readonly<{
  prelude: string;
  /** The file of the engine, read once: from `ready` on this process may open nothing. */
  wasm: string;
  /** Answers may be written many at a time; else each as soon as it is known. */
  together: boolean;
  fileMs: number;
  memoryBytes: number;
  stackBytes: number;
}>;
/** A helper that files may import; answered by nothing. */
export type SandboxModule = Readonly<{ file: string; code: string; imports: Readonly<Record<string, Import>> }>;
export type SandboxFile = SandboxModule & Readonly<{ id: number }>;
/** `json`: what the prelude answered; `fault`: the engine gave up. */
export type SandboxAnswer = Readonly<{
  id: number;
  json?: string;
  fault?: 'deadline' | 'memory' | 'stack' | 'other';
  message?: string;
}>;

type Engine = Readonly<{ context: QuickJSContext; evaluate: QuickJSHandle; addModule: QuickJSHandle }>;

/** Waiting answers are written when no line waits, and not later than this. */
const FLUSH_MS = 20;
/** How old a reading of the processor's clock may be when a file begins. */
const CLOCK_MS = 20;

const lines = inputLines();
const start = JSON.parse((await lines.next()).value ?? '') as SandboxStart;
const modules: SandboxModule[] = [];
const variant = newVariant(RELEASE_SYNC, { wasmModule: await compiled(readFileSync(start.wasm)) });
let isUsed = false;
let engine = await freshEngine();
let answers: string[] = [];
let flushedAt = 0;
let clock = readClock();
write({ ready: true });
flush();
for await (const line of lines) {
  if (line === null) {
    flush();
    continue;
  }
  const message = JSON.parse(line) as SandboxModule | SandboxFile;
  if (!('id' in message)) {
    modules.push(message);
    addModule(engine, message);
    continue;
  }
  let answer = evaluate(message);
  // What files before it left in the heap may not be what this one fails by.
  if (isUsed && failedByMemory(answer)) {
    engine = await freshEngine();
    answer = evaluate(message);
  }
  write(answer);
  if (!start.together || performance.now() - flushedAt > FLUSH_MS) flush();
  // After a fault of the engine its heap is not trusted again; the old one is left to the collector, not disposed of, for that may abort.
  // Promises are never carried on; those of one file may not keep their memory while the next is evaluated.
  if (answer.fault || answer.json?.includes('"InternalError"') || engine.context.runtime.hasPendingJob())
    engine = await freshEngine();
  else isUsed = true;
}
flush();

/** The lines of standard input, and null where none waits. */
async function* inputLines(): AsyncGenerator<string | null, undefined> {
  let rest = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    const found = (rest + chunk).split('\n');
    rest = found.pop()!;
    yield* found;
    yield null;
  }
}

async function freshEngine(): Promise<Engine> {
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  runtime.setMemoryLimit(start.memoryBytes);
  runtime.setMaxStackSize(start.stackBytes);
  const context = runtime.newContext();
  const made = context.unwrapResult(context.evalCode(start.prelude, 'prelude.js'));
  const fresh = { context, evaluate: context.getProp(made, 'evaluate'), addModule: context.getProp(made, 'addModule') };
  for (const module of modules) addModule(fresh, module);
  isUsed = false;
  return fresh;
}

/** Node has it; the types of a project without a browser do not. */
function compiled(bytes: Uint8Array): Promise<WebAssembly.Module> {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: Readonly<{ compile(bytes: Uint8Array): Promise<WebAssembly.Module> }>;
  };
  return WebAssembly.compile(bytes);
}

function failedByMemory({ fault, json }: SandboxAnswer): boolean {
  return fault === 'memory' || (json?.startsWith('{"error":{"name":"InternalError"') ?? false);
}

function addModule({ context, addModule }: Engine, { file, code, imports }: SandboxModule): void {
  const compiled = context.evalCode(asFunction(code), file);
  // A helper that the engine cannot hold is missing for whoever imports it.
  if (compiled.error) {
    compiled.error.dispose();
    return;
  }
  const run = compiled.value;
  const given = [context.newString(file), context.newString(JSON.stringify(imports)), run];
  context.unwrapResult(context.callFunction(addModule, context.undefined, ...given)).dispose();
  for (const handle of given) handle.dispose();
}

function evaluate({ id, file, code, imports }: SandboxFile): SandboxAnswer {
  const { context, evaluate } = engine;
  try {
    context.runtime.setInterruptHandler(deadline());
    const compiled = context.evalCode(asFunction(code), file);
    if (compiled.error) return faultOf(id, context.dump(compiled.error));
    const given = [compiled.value, context.newString(JSON.stringify(imports))];
    const result = context.callFunction(evaluate, context.undefined, ...given);
    for (const handle of given) handle.dispose();
    if (result.error) return faultOf(id, context.dump(result.error));
    const json = context.getString(result.value);
    result.value.dispose();
    return { id, json };
  } catch (error) {
    return { id, fault: 'other', message: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whether a file that begins now has had its time, which is processor time: a busy machine makes no definition guilty. Asking the kernel for it
 * costs more than most definitions, so it is asked only when as much real time has passed, and counted from a reading of a moment before.
 */
function deadline(): () => boolean {
  const now = performance.now();
  if (now - clock.real > CLOCK_MS) clock = readClock();
  const [real, cpu] = [now + start.fileMs, clock.cpu + start.fileMs + CLOCK_MS];
  return () => performance.now() > real && readClock().cpu > cpu;
}

function readClock(): Readonly<{ real: number; cpu: number }> {
  const { user, system } = process.cpuUsage();
  return { real: performance.now(), cpu: (user + system) / 1000 };
}

/** The function begins on the first line of the script, so that lines in stacks are the script's. */
function asFunction(code: string): string {
  return `(function (module, exports, require) { 'use strict'; ${code}\n})`;
}

function faultOf(id: number, error: unknown): SandboxAnswer {
  const { name, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    message?: unknown;
  };
  const text = `${String(name)}: ${String(message)}`;
  if (text.includes('interrupted')) return { id, fault: 'deadline' };
  if (text.includes('out of memory')) return { id, fault: 'memory' };
  if (text.includes('stack overflow')) return { id, fault: 'stack' };
  return { id, fault: 'other', message: text };
}

function write(answer: SandboxAnswer | Readonly<{ ready: true }>): void {
  answers.push(`${JSON.stringify(answer)}\n`);
}

function flush(): void {
  if (answers.length > 0) process.stdout.write(answers.join(''));
  answers = [];
  flushedAt = performance.now();
}
