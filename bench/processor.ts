import { readdirSync, readFileSync } from 'node:fs';

// Who has used the processor: this process and what descends from it, by the name of the program. What a busy machine does to the clock it
// does not do to these figures.

// The clock of /proc, by which Linux tells times to programs whatever its own is.
const TICKS_A_SECOND = 100;

type Process = Readonly<{ pid: number; parent: number; name: string; seconds: number }>;

/** Seconds of processor used until now, by program; of ended children what their parents have waited for. Linux only: elsewhere empty. */
export function processorSeconds(): ReadonlyMap<string, number> {
  const all = processes();
  const ours = new Set([process.pid]);
  // Parents may have higher numbers than their children, where numbers have begun anew.
  for (let known = 0; known < ours.size; ) {
    known = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  const used = new Map<string, number>();
  for (const { pid, name, seconds } of all)
    if (ours.has(pid)) {
      const program = pid === process.pid ? 'this' : name;
      used.set(program, (used.get(program) ?? 0) + seconds);
    }
  return used;
}

/** What was used between two looks, in milliseconds for each of `count`, the largest first. */
export function processorEach(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  count: number,
): string {
  const used = [...after].map(
    ([name, seconds]) => [name, ((seconds - (before.get(name) ?? 0)) * 1000) / count] as const,
  );
  const total = used.reduce((sum, [, ms]) => sum + ms, 0);
  const parts = used.filter(([, ms]) => ms >= 0.1).sort(([, a], [, b]) => b - a);
  return `${total.toFixed(1)} ms (${parts.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ')})`;
}

function processes(): readonly Process[] {
  let pids: readonly string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {}
  return pids.flatMap((pid) => {
    try {
      return [parse(Number(pid), readFileSync(`/proc/${pid}/stat`, 'utf8'))];
    } catch {
      return [];
    }
  });
}

/** The name may hold spaces and brackets: the fields are counted from the last one that closes. */
function parse(pid: number, stat: string): Process {
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  return { pid, parent: Number(fields[1]), name, seconds: ticks / TICKS_A_SECOND };
}
