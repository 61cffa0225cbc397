import postgres from 'postgres';
import type { Database } from '../../runtime/store/database.js';

/**
 * How PostgreSQL finds what is asked of the database by what `prepare` makes: the plan of each statement as it was carried out, the slowest last
 * (auto_explain, which tells it as a notice). It is asked twice and told the second time, when all is in memory.
 */
export async function ways(
  url: string,
  prepare: (database: Database) => Promise<() => Promise<void>>,
): Promise<readonly string[]> {
  const plans: string[] = [];
  const database = postgres(url, {
    max: 1,
    connection: { TimeZone: 'UTC' },
    onnotice: ({ message }) => plans.push(message ?? ''),
  });
  try {
    await database`load 'auto_explain'`;
    await database`set auto_explain.log_analyze = on`;
    await database`set auto_explain.log_buffers = on`;
    const work = await prepare(database);
    await work();
    await database`set client_min_messages = log`;
    await database`set auto_explain.log_min_duration = 0`;
    await work();
  } finally {
    await database.end({ timeout: 5 });
  }
  const duration = (plan: string): number => Number(/duration: ([\d.]+) ms/.exec(plan)?.[1] ?? 0);
  return plans.filter((plan) => plan.includes('duration:')).sort((a, b) => duration(a) - duration(b));
}
