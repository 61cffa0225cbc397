// The process in which authors' files are evaluated. It has an empty environment and no handle on anything but two pipes; its parent kills it.
// In: lines of JSON, first `{ prelude, …limits }`, then helpers and files `{ id, file, code, imports }`. Out: `{ ready }`, then one line an `id`, in order.
// Inside, QuickJS (WebAssembly) is the boundary; this process is the second one and the clock that no native call can ignore.
import { createInterface } from 'node:readline';
import { newQuickJSWASMModule, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten';
import type { Import } from './imports.js';

export type SandboxStart = Readonly<{ prelude: string; fileMs: number; memoryBytes: number; stackBytes: number }>;
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

const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
const start = JSON.parse((await lines.next()).value) as SandboxStart;
const modules: SandboxModule[] = [];
let isUsed = false;
let engine = await freshEngine();
write({ ready: true });
for (let line = await lines.next(); !line.done; line = await lines.next()) {
  const message = JSON.parse(line.value) as SandboxModule | SandboxFile;
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
  // After a fault of the engine its heap is not trusted again; the old one is left to the collector, not disposed of, for that may abort.
  // Promises are never carried on; those of one file may not keep their memory while the next is evaluated.
  if (answer.fault || answer.json?.includes('"InternalError"') || engine.context.runtime.hasPendingJob())
    engine = await freshEngine();
  else isUsed = true;
}

async function freshEngine(): Promise<Engine> {
  const runtime = (await newQuickJSWASMModule()).newRuntime();
  runtime.setMemoryLimit(start.memoryBytes);
  runtime.setMaxStackSize(start.stackBytes);
  const context = runtime.newContext();
  const made = context.unwrapResult(context.evalCode(start.prelude, 'prelude.js'));
  const fresh = { context, evaluate: context.getProp(made, 'evaluate'), addModule: context.getProp(made, 'addModule') };
  for (const module of modules) addModule(fresh, module);
  isUsed = false;
  return fresh;
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
    const end = cpuMs() + start.fileMs;
    context.runtime.setInterruptHandler(() => cpuMs() > end);
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

/** Time spent by this process: a busy machine makes no definition guilty. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
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
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
