import { statfs } from 'node:fs/promises';
import { invalid } from '../errors.js';

/** How much output a worker keeps and sends, in bytes. */
export type OutputLimits = Readonly<{
  /** Of one attempt: beyond it, its head and its last `tailBytes` are kept. */
  attemptBytes: number;
  tailBytes: number;
  /** Of all attempts together, on the worker's disk: what is not shipped yet, and a little of what is. */
  spoolBytes: number;
  /** The spool also gives way while less than this is free on its disk. */
  freeBytes: number;
}>;

const MIB = 1024 * 1024;

export const OUTPUT_LIMITS: OutputLimits = {
  attemptBytes: 1024 * MIB,
  tailBytes: 64 * MIB,
  spoolBytes: 8 * 1024 * MIB,
  freeBytes: 256 * MIB,
};

/** The limits where only these two are said. Throws `invalid` for a cap that leaves no room for a head and a tail. */
export function outputLimits(cap = OUTPUT_LIMITS.attemptBytes, quota = OUTPUT_LIMITS.spoolBytes): OutputLimits {
  if (cap < MIB || quota < 16 * MIB)
    throw invalid('output is kept in pieces larger than that', {
      help: '--output-cap takes 1MiB or more, --spool-quota 16MiB or more',
    });
  const tailBytes = Math.min(OUTPUT_LIMITS.tailBytes, Math.floor(cap / 4));
  return { ...OUTPUT_LIMITS, attemptBytes: cap, tailBytes, spoolBytes: quota };
}

/** Who holds output on the disk and can give some of it back. */
export type Holder = Readonly<{
  /** Bytes on the disk. */
  held(): number;
  /** Whether it has grown since it gave way. */
  hasGrown(): boolean;
  /** Removes what is beyond the attempt's own limits; what is shipped too, if asked; and `excess` bytes of what waits. */
  giveWay(removeShipped: boolean, excess: number): Promise<void>;
}>;

/** What is left to an attempt when the disk is full of other things. */
const LEAST_BYTES = 16 * MIB;
const LOOK_MS = 250;

/** Holds the output of a worker's attempts within its limits; looks every quarter of a second. */
export class SpoolQuota {
  private readonly holders = new Set<Holder>();
  private looking: Promise<void> | undefined;
  private readonly timer = setInterval(() => void this.look(), LOOK_MS).unref();

  /** `path`: on the disk whose free space counts. */
  constructor(
    private readonly path: string,
    readonly limits: OutputLimits,
  ) {}

  add(holder: Holder): void {
    this.holders.add(holder);
  }

  remove(holder: Holder): void {
    this.holders.delete(holder);
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Makes room where there is none; one look at a time. */
  look(): Promise<void> {
    this.looking ??= this.makeRoom().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async makeRoom(): Promise<void> {
    if (this.holders.size === 0) return;
    const isFull = await this.diskIsFull();
    const isTight = isFull || this.used() > this.limits.spoolBytes / 2;
    for (const holder of [...this.holders])
      if (isTight || holder.hasGrown()) await holder.giveWay(isTight, 0).catch(ignoreUntilNextLook);
    const isOver = this.used() > this.limits.spoolBytes;
    const share = Math.floor(this.limits.spoolBytes / Math.max(1, this.holders.size));
    const most = isFull ? Math.min(share, LEAST_BYTES) : share;
    if (!isOver && !isFull) return;
    for (const holder of [...this.holders])
      if (holder.held() > most) await holder.giveWay(true, holder.held() - most).catch(ignoreUntilNextLook);
  }

  private used(): number {
    let sum = 0;
    for (const holder of this.holders) sum += holder.held();
    return sum;
  }

  private async diskIsFull(): Promise<boolean> {
    const disk = await statfs(this.path).catch(() => undefined);
    return disk !== undefined && disk.bavail * disk.bsize < this.limits.freeBytes;
  }
}

/** A disk in trouble is looked at again. */
const ignoreUntilNextLook = (): void => {};
