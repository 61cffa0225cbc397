import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closure, cycles, type Edges, order, reversed } from '../../compiler/graph/graph.js';

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const anyEdges = fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 14 }).map(edgesOf);
const acyclic = fc
  .array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 20 })
  .map((pairs) => edgesOf(pairs.filter(([a, b]) => a > b).map(([a, b]) => [ids[a]!, ids[b]!] as const)));

function edgesOf(pairs: readonly (readonly [string, string])[]): Edges {
  return new Map(ids.map((id) => [id, pairs.filter(([from]) => from === id).map(([, to]) => to)]));
}

test('every id comes after all it needs, and none is left out where nothing waits for itself', () => {
  fc.assert(
    fc.property(acyclic, (edges) => {
      const sorted = order(edges);
      expect([...sorted].sort()).toEqual(ids);
      for (const [id, before] of edges)
        for (const one of before) expect(sorted.indexOf(one)).toBeLessThan(sorted.indexOf(id));
      expect(cycles(edges)).toEqual([]);
    }),
  );
});

test('a cycle is a way round along edges, begins at its smallest id, and is found exactly when the order leaves someone out', () => {
  fc.assert(
    fc.property(anyEdges, (edges) => {
      const found = cycles(edges);
      expect(found.length > 0).toBe(order(edges).length < ids.length);
      for (const cycle of found) {
        for (const [i, id] of cycle.entries()) expect(edges.get(id)).toContain(cycle[(i + 1) % cycle.length]);
        expect(cycle[0]).toBe([...cycle].sort()[0]);
        expect(new Set(cycle).size).toBe(cycle.length);
      }
    }),
    { numRuns: 500 },
  );
});

test('who reaches whom is the same seen from either end', () => {
  fc.assert(
    fc.property(anyEdges, fc.constantFrom(...ids), fc.constantFrom(...ids), (edges, from, to) => {
      expect(closure(edges, [from]).includes(to)).toBe(closure(reversed(edges), [to]).includes(from));
    }),
  );
});
