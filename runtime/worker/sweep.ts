import { Failure } from '../errors.js';
import type { Log } from '../log.js';
import type { AttemptContext } from './attempt.js';
import { persist, report } from './attempt.js';
import { Growth } from './growth.js';
import { endGroup, NO_GROUP } from './processes.js';
import { lengthOnDisk, untilWritten } from './segments.js';
import { type Shipped, ship } from './shipper.js';
import type { SpoolEntry } from './spool.js';
import { SpooledOutput } from './spooled-output.js';
import { KEEP_FAILURE_MS } from './times.js';

export type SweepContext = Pick<AttemptContext, 'controlPlane' | 'spool' | 'times' | 'leaving' | 'gate'> &
  Readonly<{ log: Log }>;

/**
 * Cleans up after a former start of this worker that was killed: ends what survived of its attempts, ships what they wrote, reports the
 * endings it knew, and gives up the attempts whose ending nobody saw. Processes are ended when `ended` resolves, the rest is told when
 * `told` does; it may have to wait for the control plane.
 */
export function sweep(context: SweepContext): Readonly<{ ended: Promise<void>; told: Promise<void> }> {
  const left = context.spool.entries().filter((entry) => entry.removeAt() === undefined);
  const ended = Promise.all(left.map((entry) => endLeftover(entry, context))).then(() => {});
  const told = ended.then(async () => {
    for (const entry of left) await tell(entry, context);
    for (const instance of new Set(left.map((entry) => entry.attempt.instance)))
      await persist(context, () => context.controlPlane.leave(instance)).catch(ignoreRefusal);
  });
  return { ended, told };
}

/** Ends what lives of an attempt. Its group's number is trusted only with the leader's start time; its marks in environments always are. */
async function endLeftover({ attempt, mark }: SpoolEntry, { times, log }: SweepContext): Promise<void> {
  const { run, n, group } = attempt;
  const killed = await endGroup(
    group ?? { pgid: NO_GROUP, run, attempt: n, worker: mark, started: '' },
    times.leaseGraceMs,
  );
  if (killed) log.warn('a process of a former start of this worker had to be killed', { run, attempt: n });
}

async function tell(entry: SpoolEntry, context: SweepContext): Promise<void> {
  const { controlPlane } = context;
  const { run, n, of, instance } = entry.attempt;
  const key = { run, n, ...(of && { of }) };
  try {
    const ending = entry.ending();
    // Before the output: what is lost can begin elsewhere at once, and its log stays open until it is closed.
    if (!ending) await persist(context, () => controlPlane.lose(key, instance));
    const append = (at: number, bytes: Uint8Array) => controlPlane.append(key, at, bytes, instance);
    const shipped = await shipLeft(context, entry, append);
    await report(
      context,
      key,
      entry,
      ending ?? { kind: 'killed', signal: 'SIGKILL', by: 'stranger' },
      shipped,
      instance,
    );
  } catch (error) {
    ignoreRefusal(error);
    entry.close(Date.now() + KEEP_FAILURE_MS);
  }
}

/** The output as the former start left it; its launcher may still be writing down the last words. */
async function shipLeft(
  { spool, leaving, times, gate }: SweepContext,
  entry: SpoolEntry,
  append: (at: number, bytes: Uint8Array) => Promise<number>,
): Promise<Shipped> {
  await untilWritten(entry.output, leaving);
  const growth = Growth.ended(await lengthOnDisk(entry.output));
  const { recordCuts } = entry;
  const output = new SpooledOutput({
    ...{ folder: entry.output, growth, quota: spool.quota, cuts: entry.cuts(), recordCuts },
  });
  try {
    // It has ended: all of it that is kept is stored, and nothing need be shown meanwhile.
    return await ship({ output, growth, append, show: async () => {}, gate, leaving, times });
  } finally {
    await output.close();
  }
}

/** What the control plane does not know (any more) cannot be told to it. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}

/** Removes what was kept long enough. */
export function removeOld(entries: readonly SpoolEntry[], now: number): void {
  for (const entry of entries) if ((entry.removeAt() ?? Number.POSITIVE_INFINITY) <= now) entry.remove();
}
