import { type Compiled, Compiler, Standby, type Tree } from '../../compiler/index.js';

// A push differs from the one before in a few files, and planning and applying compile the same commit: a compiler that has seen it answers
// the same in a fraction of the time. It holds a commit's worth of memory, so there are few, and one that nobody asks is forgotten.

const KEPT = 2;
const IDLE_MS = 10 * 60_000;

type Seat = { readonly compiler: Compiler; readonly standby: Standby; timer?: NodeJS.Timeout };
const seats = new Map<string, Seat>();

/** Compiles a commit by the compiler that has seen its project last. Which one is asked changes the time, never the answer. */
export function compileCommit(tree: Tree): Promise<Compiled> {
  const name = projectName(tree);
  const seat = seats.get(name) ?? newSeat();
  clearTimeout(seat.timer);
  seat.timer = setTimeout(() => leave(name), IDLE_MS).unref();
  // The one asked last stands last.
  seats.delete(name);
  seats.set(name, seat);
  for (const oldest of seats.keys()) {
    if (seats.size <= KEPT) break;
    leave(oldest);
  }
  return seat.compiler.compile(tree);
}

/** Forgets all compilers and ends the processes that wait for them: this process compiles no more, or begins anew. */
export function forgetCompilers(): void {
  for (const name of seats.keys()) leave(name);
}

function newSeat(): Seat {
  const standby = new Standby();
  return { compiler: new Compiler({ standby }), standby };
}

function leave(name: string): void {
  const seat = seats.get(name);
  clearTimeout(seat?.timer);
  seat?.standby.end();
  seats.delete(name);
}

/** A guess before anything is compiled. */
function projectName(tree: Tree): string {
  const file = ['yaml', 'yml', 'ts'].map((ending) => tree.get(`hera.project.${ending}`)).find((bytes) => bytes);
  return /\bname:\s*['"]?([a-z0-9-]{1,30})/.exec(new TextDecoder().decode(file))?.[1] ?? '';
}
