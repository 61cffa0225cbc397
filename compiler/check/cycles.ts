import { cycles } from '../graph/graph.js';
import type { Draft } from '../manifest/draft.js';
import { needEdges, needOrder } from '../manifest/times.js';
import type { Report } from './diagnostic.js';

/** No job waits for itself. A cycle begins at its smallest name, each edge with its place. */
export function checkCycles(draft: Draft, report: Report): void {
  for (const cycle of cycles(needEdges(draft), needOrder(draft))) {
    const edges = cycle.map((id, i) => ({ id, next: cycle[(i + 1) % cycle.length]! }));
    const places = edges.map(
      ({ id, next }) => draft.byId.get(id)!.needs.find((need) => need.kind === 'job' && need.id === next)!.at,
    );
    const message =
      cycle.length === 1
        ? `\`${cycle[0]}\` needs itself`
        : `jobs wait for each other: ${[...cycle, cycle[0]].map((id) => `\`${id}\``).join(' → ')}`;
    const notes = edges
      .slice(1)
      .map(({ id, next }, i) => ({ message: `\`${id}\` needs \`${next}\``, at: places[i + 1]! }));
    const label = cycle.length === 1 ? undefined : `\`${edges[0]!.id}\` needs \`${edges[0]!.next}\``;
    const help =
      cycle.length === 1
        ? 'for its previous period write `self.previous()`, in YAML `{ self: previous }`'
        : 'remove one of these needs';
    report({ code: 'HERA2006', message, at: places[0]!, label, notes, help });
  }
}
