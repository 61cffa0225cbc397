import type { ControlContext } from '../../runtime/control/context.js';
import { applyDeployment } from '../../runtime/control/deploy.js';
import { DeployedCache } from '../../runtime/control/deployed.js';
import { open } from '../../runtime/control/open.js';
import { settle } from '../../runtime/control/settle.js';
import { tickPage } from '../../runtime/control/tick.js';
import type { Database } from '../../runtime/store/database.js';
import type { Estate } from '../estates.js';
import { processorMs } from './processor.js';

/** A database with the estate in force. */
export type Side = Readonly<{ context: ControlContext; timetable: string }>;

const LONE = 200;
const HANDS = 8;
const FIRST_DAY = Date.UTC(2040, 0, 1);

/** Puts the estate in force, with some jobs beside it that fire together and that nothing needs. */
export async function deployEstate(database: Database, estate: Estate): Promise<Side> {
  const log = { info() {}, warn() {}, error() {} };
  const context: ControlContext = { database, deployed: new DeployedCache(), kick() {}, log, hooks: {} };
  const files = new Map(estate);
  for (let i = 0; i < LONE; i += 1)
    files.set(`lone/n${i}.yaml`, 'schedule: "7 13 * * *"\noverlap: allow\nrun: { shell: "true" }\n');
  const tree = new Map([...files].map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const info = { commit: 'f'.repeat(40), subject: 'bench', author: 'bench', committedAt: null, dirty: false };
  const request = { tree, info, plannedOn: null, allowPrune: true, by: 'bench', via: 'bench' };
  await applyDeployment(context, { ...request, isDescendantOf: async () => true });
  const [row] = await database<{ timetable: string }[]>`
    select timetable from job_definition where path = 'lone/n0' and until is null`;
  return { context, timetable: row!.timetable };
}

export type Round = Readonly<{ ms: number; cpuMs: number; settled: number }>;

/** One tick of the lone jobs in the n-th day of a far year: their runs are made and admitted, opened and settled by several hands at once. */
export async function settleRound({ context, timetable }: Side, n: number): Promise<Round> {
  const instant = new Date(FIRST_DAY + n * 86_400_000 + (13 * 60 + 7 - 8 * 60) * 60_000)
    .toISOString()
    .replace('.000Z', 'Z');
  const [begun, cpu] = [performance.now(), await processorMs(context.database)];
  while (!(await tickPage(context, { timetable, instant })));
  const rows = await context.database<{ id: string }[]>`
    select id from run where state = 'queued' and period = ${instant} order by id`;
  const left = rows.map((row) => row.id);
  const settled = left.length;
  const hand = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      const opened = await open(context, { run, temporalRunId: 'bench' });
      if (opened.kind === 'go') await settle(context, run, opened.turn, { kind: 'exited', code: 0 });
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
  if (settled !== LONE) throw new Error(`${settled} of ${LONE} runs were queued at ${instant}`);
  return { ms: performance.now() - begun, cpuMs: (await processorMs(context.database)) - cpu, settled };
}
