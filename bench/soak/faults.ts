import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.js';
import type { World } from './world.js';

/** Breaks something and, if it does not come back by itself, mends it; resolves when that is done. */
export type Fault = Readonly<{ name: string; weight: number; strike(world: World, random: Random): Promise<void> }>;

const seconds = (random: Random, low: number, high: number): Promise<void> =>
  delay(random.between(low * 1000, high * 1000));

export const FAULTS: readonly Fault[] = [
  { name: 'server killed -9', weight: 3, strike: async (world, random) => random.pick(world.servers).kill('SIGKILL') },
  {
    name: 'all servers killed -9',
    weight: 1,
    strike: async (world) => void world.servers.map((server) => server.kill('SIGKILL')),
  },
  { name: 'worker killed -9', weight: 3, strike: async (world, random) => random.pick(world.workers).kill('SIGKILL') },
  { name: 'worker drained', weight: 1, strike: async (world, random) => random.pick(world.workers).kill('SIGTERM') },
  { name: 'worker stopped for longer than its lease', weight: 1, strike: stopsWorker(35, 50) },
  { name: 'worker stopped for a moment', weight: 2, strike: stopsWorker(2, 12) },
  { name: 'workers cut from the servers', weight: 2, strike: cuts(['api'], 3, 25) },
  { name: 'workers cut from Temporal', weight: 2, strike: cuts(['temporal'], 3, 25) },
  { name: 'workers cut from both for longer than their lease', weight: 1, strike: cuts(['api', 'temporal'], 35, 50) },
  {
    name: 'PostgreSQL killed -9',
    weight: 2,
    async strike(world, random) {
      await world.postgres.kill();
      await seconds(random, 0, 5);
      await world.postgres.start();
    },
  },
  { name: 'PostgreSQL paused', weight: 1, strike: pausesPostgres(5, 30) },
  { name: 'PostgreSQL paused for a minute', weight: 1, strike: pausesPostgres(60, 60) },
  {
    name: 'Temporal killed -9',
    weight: 2,
    async strike(world, random) {
      await world.temporal.kill();
      await seconds(random, 0, 10);
      await world.temporal.start();
    },
  },
  { name: 'Temporal emptied', weight: 1, strike: (world) => world.temporal.empty() },
];

function pausesPostgres(low: number, high: number): Fault['strike'] {
  return async ({ postgres }, random) => {
    process.kill(-postgres.pid(), 'SIGSTOP');
    await seconds(random, low, high);
    process.kill(-postgres.pid(), 'SIGCONT');
  };
}

/** Stops one worker for some seconds. */
function stopsWorker(low: number, high: number): Fault['strike'] {
  return async (world, random) => {
    const worker = random.pick(world.workers);
    worker.kill('SIGSTOP');
    await seconds(random, low, high);
    worker.kill('SIGCONT');
  };
}

/** Cuts ways for some seconds. */
function cuts(names: readonly (keyof World['ways'])[], low: number, high: number): Fault['strike'] {
  return async ({ ways }, random) => {
    for (const name of names) ways[name].cut();
    await seconds(random, low, high);
    for (const name of names) ways[name].mend();
  };
}

/** Strikes again and again, some seconds apart, until `over`; answers how often each fault struck. */
export async function strikeUntil(
  world: World,
  random: Random,
  over: AbortSignal,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const struck = new Map<string, number>();
  const bag = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  while (!over.aborted) {
    await delay(random.between(8_000, 20_000), undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const fault = random.pick(bag);
    say(fault.name);
    struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
    await fault.strike(world, random);
  }
  return struck;
}
