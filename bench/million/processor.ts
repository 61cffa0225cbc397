import { readFileSync } from 'node:fs';
import type { Database } from '../../runtime/store/database.js';

const TICK_MS = 10;

/** What this process and the sessions of the database have taken of the processor so far. */
export async function processorMs(database: Database): Promise<number> {
  const { user, system } = process.cpuUsage();
  const sessions = await database<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`;
  const ticks = sessions.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return (user + system) / 1000 + TICK_MS * ticks.reduce((sum, one) => sum + one, 0);
}
