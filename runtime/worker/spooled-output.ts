import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cut, type CutReason, locate } from './cuts.js';
import type { Growth } from './growth.js';
import type { Holder, OutputLimits, SpoolQuota } from './output-limits.js';
import { SegmentReader } from './segment-reader.js';
import { segmentEnd, segmentName } from './segments.js';

// What of an attempt's output is on this disk, and what of it is to be stored: all of it below the cap, head and tail beyond; and when the
// control plane is away for too long, the two ends of what waits. The launcher writes the segments, and only this removes them.
// Secrets are to be masked in `read`, byte for byte, where what is stored leaves the disk.

const NEWLINE = 10;
/** Head and tail end and begin with a line, when one does so near. */
const LINE_MOST = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export type SpooledOutputOptions = Readonly<{
  folder: string;
  growth: Growth;
  quota: SpoolQuota;
  /** The cuts of a former start of the worker. */
  cuts: readonly Cut[];
  /** On disk when it returns: a mark that was sent must be the same mark after a restart. */
  recordCuts(cuts: readonly Cut[]): void;
}>;

export class SpooledOutput implements Holder {
  private cuts: readonly Cut[];
  private readonly segments: SegmentReader;
  private readonly growth: Growth;
  private readonly limits: OutputLimits;
  private bytesHeld = 0;
  private lengthSeen = -1;
  /** Everything written before is stored. */
  private shipped = 0;
  private furthest = 0;
  /** Of what waits, the begin up to here is kept, once some of it had to go. */
  private keptTo: number | undefined;
  /** Where the head ends, between two lines, once it was read to its end. */
  private headEnd: number | undefined;

  constructor(private readonly options: SpooledOutputOptions) {
    this.cuts = options.cuts;
    this.growth = options.growth;
    this.limits = options.quota.limits;
    this.segments = new SegmentReader(options.folder);
    options.quota.add(this);
  }

  /** Everything written before this byte is stored. */
  get shippedTo(): number {
    return this.shipped;
  }

  /**
   * What is stored from offset `stored` on, at most `most` bytes; empty when there is nothing yet, and for good once the output has ended.
   * `stored` is what the control plane has: a smaller one than before reads the same bytes again where they are still here.
   */
  async read(stored: number, most: number): Promise<Buffer> {
    const place = locate(this.cuts, stored);
    if ('mark' in place) return place.mark.subarray(0, most);
    const { written } = place;
    this.shipped = written;
    this.furthest = Math.max(this.furthest, written);
    const last = this.readableTo(written);
    if (written >= last) return this.leaveOutMiddle(written, stored, most);
    const bytes = await this.segments.read(written, Math.min(most, last - written));
    if (bytes === undefined) return this.leaveOutGap(written, stored, most);
    return written + bytes.length === last && last === this.headBytes ? this.endHead(written, bytes) : bytes;
  }

  /**
   * The newest of what was written, at most `most` bytes that begin with a line, while it is beyond the head and the process still writes;
   * undefined else, and where it is not on disk.
   */
  async tail(most: number): Promise<Readonly<{ at: number; bytes: Buffer }> | undefined> {
    const { length, isEnded } = this.growth;
    const head = this.headEnd;
    if (isEnded || head === undefined || length <= head) return undefined;
    const from = Math.max(head, length - most);
    const parts: Buffer[] = [];
    for (let at = from; at < length; at += parts.at(-1)!.length) {
      const part = await this.segments.read(at, length - at);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    const bytes = Buffer.concat(parts);
    const line = from === head ? 0 : bytes.indexOf(NEWLINE) + 1;
    return { at: from + line, bytes: bytes.subarray(line) };
  }

  held = (): number => this.bytesHeld;
  hasGrown = (): boolean => this.growth.length !== this.lengthSeen;

  async giveWay(removeShipped: boolean, excess: number): Promise<void> {
    const { length } = this.growth;
    this.lengthSeen = length;
    await this.segments.list();
    if (length > this.limits.attemptBytes) {
      const head = Math.max(this.headBytes, this.shipped);
      await this.remove((at) => at > head && segmentEnd(at) < length - this.limits.tailBytes);
    }
    if (removeShipped) await this.remove((at) => segmentEnd(at) <= this.shipped);
    if (excess > 0) await this.thinOut(excess);
    this.bytesHeld = this.segments.starts.reduce(
      (sum, at) => sum + Math.max(0, Math.min(segmentEnd(at), length) - at),
      0,
    );
  }

  async close(): Promise<void> {
    this.options.quota.remove(this);
    await this.segments.close();
  }

  private get headBytes(): number {
    return this.limits.attemptBytes - this.limits.tailBytes;
  }

  /** Up to where what begins at `written` may be read now, by what is kept of an attempt. */
  private readableTo(written: number): number {
    const { length, isEnded } = this.growth;
    const isAll = isEnded && (length <= this.limits.attemptBytes || written >= length - this.limits.tailBytes);
    return isAll ? length : Math.min(length, this.headEnd ?? this.headBytes);
  }

  /** The end of the head, without what follows its last line: whether the rest is to follow is not known yet. */
  private endHead(written: number, bytes: Buffer): Buffer {
    const line = bytes.lastIndexOf(NEWLINE) + 1;
    this.headEnd = line === 0 || bytes.length - line > LINE_MOST ? this.headBytes : written + line;
    return bytes.subarray(0, this.headEnd - written);
  }

  /** At the end of the head, when the output has ended: the tail follows. */
  private async leaveOutMiddle(from: number, stored: number, most: number): Promise<Buffer> {
    const { length, isEnded } = this.growth;
    if (!isEnded || from >= length) return EMPTY;
    const tail = length - this.limits.tailBytes;
    const begin = (await this.segments.read(tail, Math.min(LINE_MOST, length - tail))) ?? EMPTY;
    return this.leaveOut({ from, to: tail + begin.indexOf(NEWLINE) + 1, why: 'cap' }, stored, most);
  }

  /** No segment has these bytes: they go up to the next one, or to the end. */
  private async leaveOutGap(from: number, stored: number, most: number): Promise<Buffer> {
    const next = (await this.segments.list()).find((at) => at > from);
    if (next === undefined && !this.growth.isEnded) return EMPTY;
    const why: CutReason = from < this.furthest ? 'database' : 'spool';
    this.keptTo = undefined;
    return this.leaveOut({ from, to: next ?? this.growth.length, why }, stored, most);
  }

  private leaveOut(cut: Cut, stored: number, most: number): Buffer {
    // Cuts behind this one were of a stored log that is there no more.
    const cuts = [...this.cuts.filter((other) => other.to <= cut.from), cut];
    this.options.recordCuts(cuts);
    this.cuts = cuts;
    const place = locate(cuts, stored);
    return 'mark' in place ? place.mark.subarray(0, most) : EMPTY;
  }

  /** Removes from the middle of what waits, the oldest first, so that its begin and its end stay. */
  private async thinOut(excess: number): Promise<void> {
    this.keptTo ??= (this.shipped + this.growth.length - excess) / 2;
    const begin = Math.max(this.keptTo, this.shipped);
    const newest = this.segments.starts.at(-1);
    let left = excess;
    await this.remove((at) => {
      if (left <= 0 || at <= begin || at === newest) return false;
      left -= segmentEnd(at) - at;
      return true;
    });
  }

  private async remove(isToGo: (at: number) => boolean): Promise<void> {
    for (const at of this.segments.starts.filter(isToGo)) {
      await rm(join(this.options.folder, segmentName(at)), { force: true });
      this.segments.forget(at);
    }
  }
}
