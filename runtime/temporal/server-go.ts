import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runToEnd } from '../embedded/run-to-end.js';
import type { Fetched } from './server-cache.js';
import type { ServerSearch } from './server-search.js';

// The last CLI that `go install` can build (later ones have a `replace` in go.mod). It carries server 1.29, below our range: last resort.
const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const WHOLE_MS = 900_000;

/** Builds the CLI from source. Limit: 15 min. Needs Go 1.25, which an older `go` fetches for itself when it is allowed to. */
export async function goInstall(search: ServerSearch, to: string): Promise<Fetched> {
  search.progress('temporal: trying to build CLI 1.5.1 with go (takes minutes; 15 min at most)');
  const scratch = join(dirname(to), 'go');
  mkdirSync(scratch);
  const built = await runToEnd('go', ['install', MODULE], {
    env: { ...search.env, GOBIN: dirname(to), GOTMPDIR: scratch, GOFLAGS: '-trimpath' },
    limitMs: WHOLE_MS,
  });
  return built.failure && `go install: ${built.failure}: ${built.output.trim().split('\n').at(-1) ?? ''}`;
}
