// The demonstration: a whole Hera on this machine, with the warehouse example in a git repository of its own, run for real summer days of
// 2015. It uses what everybody has: `hera up`, the API's client, a backfill. Nothing here is known to Hera itself.
// `npm run demo` keeps everything in .hera/demo (or HERA_DEMO_DIR); a second start finds it all there. `--once`: end when the days have run.

import { parseArgs } from 'node:util';
import type { Client } from '../../runtime/api/client.js';
import { Failure } from '../../runtime/errors.js';
import { type DemoHome, prepareHome } from './home.js';
import { followBackfill } from './progress.js';
import { printReport } from './report.js';
import { startUp } from './up.js';

const PROJECT = 'warehouse';
// A Monday, so that the week's normals are there, and the days of the heat wave after it. Exclusive at its end, as everywhere.
const RANGE = { from: '2015-06-29', to: '2015-07-03' } as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
  const home = await prepareHome(say);
  const up = await startUp(home, say);
  try {
    await runDays(up.client, home);
    if (values.once) {
      say('\nThe days have run: that was all that `--once` asks for. `npm run demo` starts with everything kept.');
      return 0;
    }
    process.stdout.write(
      `\nSee it all: ${up.signIn}\n(this link works once, within ten minutes; \`hera token link\` in ${home.repository} makes another)\n`,
    );
    say('It stays up until Ctrl-C.');
    return await up.ended;
  } finally {
    await up.stop();
  }
}

async function runDays(client: Client, home: DemoHome): Promise<void> {
  const request = { project: PROJECT, jobs: null, ...RANGE, only: 'missing' as const, parallel: 8 };
  const plan = await client.backfill({ ...request, plan: null });
  if (plan.total === 0) say(`All runs of ${RANGE.from} to ${RANGE.to} are there already: nothing is run again.`);
  else {
    say(
      `\nFilling in ${plan.total} runs of the days from ${RANGE.from} to ${RANGE.to} (exclusive), in the order of their needs:\n`,
    );
    const { operation } = await client.backfill({ ...request, plan: plan.hash });
    await followBackfill(client, PROJECT, operation!, plan.total);
  }
  await printReport(client, PROJECT, home);
}

function explain(error: unknown): string {
  if (!(error instanceof Failure)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${error.message}${error.more.help === undefined ? '' : `\n  help: ${error.more.help}`}`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(`the demonstration failed: ${explain(error)}`);
    process.exit(1);
  },
);
