import type { Log } from '../log.js';
import { startRounds } from '../rounds.js';
import type { Database } from '../store/database.js';
import { asLeader } from '../store/ledger.js';
import { listSources } from '../store/source.js';
import type { Looker } from './look.js';

export const FOLLOW_MS = 30_000;

export type Following = Readonly<{ round(): Promise<void>; stop(): Promise<void> }>;

/** Looks at every readable source now and every `everyMs`, as the one leader. A look that fails is the next round's. */
export function startFollowing(database: Database, looker: Looker, log: Log, everyMs: number = FOLLOW_MS): Following {
  const round = async (): Promise<void> => {
    await asLeader(database, () => lookAtAll(database, looker, log), 'sources');
  };
  const rounds = startRounds(everyMs, round, (error) =>
    log.warn('sources could not be looked at', { error: String(error) }),
  );
  return { round, stop: rounds.stop };
}

// One repository that answers slowly must not hold back the others; a hundred at once would be no help either.
const AT_ONCE = 4;

async function lookAtAll(database: Database, looker: Looker, log: Log): Promise<void> {
  const waiting = (await listSources(database)).filter((source) => source.repository !== null);
  const work = async (): Promise<void> => {
    for (let source = waiting.shift(); source; source = waiting.shift())
      await looker
        .look(source.project)
        .catch((error: unknown) =>
          log.warn('a source could not be looked at', { project: source.project, error: String(error) }),
        );
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
