// Order, closure and cycles over plain ids; knows nothing of jobs.
// In: `edges`, an id to the ids it comes after. Ids that are nobody's key are leaves.
// Out: lists of ids, in byte order where nothing else decides. Never here: a job, a diagnostic, a place in a file.

export type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * Every key of `edges` after all it comes after; ties in byte order. What stands on a cycle, or behind one, is left out: `cycles` names those.
 */
export function order(edges: Edges): readonly string[] {
  const waitsFor = new Map<string, number>();
  const followers = reversed(edges);
  for (const [id, before] of edges) waitsFor.set(id, new Set(before.filter((one) => edges.has(one))).size);
  let ready = [...edges.keys()].filter((id) => waitsFor.get(id) === 0).sort(byteOrder);
  const sorted: string[] = [];
  while (ready.length > 0) {
    const freed: string[] = [];
    for (const id of ready) {
      sorted.push(id);
      for (const follower of followers.get(id) ?? []) {
        const left = waitsFor.get(follower)! - 1;
        waitsFor.set(follower, left);
        if (left === 0) freed.push(follower);
      }
    }
    ready = freed.sort(byteOrder);
  }
  return sorted;
}

/** The same edges the other way round, each once. */
export function reversed(edges: Edges): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>();
  for (const [id, before] of edges)
    for (const one of new Set(before)) {
      const known = followers.get(one);
      if (known) known.push(id);
      else followers.set(one, [id]);
    }
  return followers;
}

/** Everything reachable from `starts` along `edges`, the starts not counted unless they are reached; in byte order. */
export function closure(edges: Edges, starts: Iterable<string>): readonly string[] {
  const reached = new Set<string>();
  const open = [...starts];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const next of edges.get(id) ?? [])
      if (!reached.has(next)) {
        reached.add(next);
        open.push(next);
      }
  return [...reached].sort(byteOrder);
}

/**
 * One shortest cycle of every knot of ids that reach each other, rotated to begin at its smallest id; in byte order of these.
 * `['a', 'b']` means a comes after b and b after a.
 */
export function cycles(edges: Edges, ordered = order(edges)): readonly (readonly string[])[] {
  if (ordered.length === edges.size) return [];
  const inOrder = new Set(ordered);
  const left = new Set([...edges.keys()].filter((id) => !inOrder.has(id)).sort(byteOrder));
  const found: (readonly string[])[] = [];
  for (const start of left) {
    const cycle = shortestCycle(edges, start, left);
    if (!cycle) continue;
    found.push(cycle);
    // The whole knot is one mistake until this cycle is cut.
    const knot = new Set(closure(edges, [start]).filter((id) => closure(edges, [id]).includes(start)));
    for (const id of knot) left.delete(id);
  }
  return found;
}

/** Breadth first from `start` back to it; `start` is the smallest id of its knot, so the cycle begins with it. */
function shortestCycle(edges: Edges, start: string, among: ReadonlySet<string>): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (const id of open)
    for (const next of [...(edges.get(id) ?? [])].sort(byteOrder)) {
      if (next === start) return pathTo(cameFrom, start, id);
      if (!among.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      open.push(next);
    }
  return undefined;
}

function pathTo(cameFrom: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const path = [end];
  for (let id = end; id !== start; ) {
    id = cameFrom.get(id)!;
    path.unshift(id);
  }
  return path;
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
