import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { listSegments, segmentEnd, segmentName } from './segments.js';

/** Reads bytes of an output from its segments, wherever they are; one file is open at a time. */
export class SegmentReader {
  private known: readonly number[] = [];
  private file: Readonly<{ at: number; handle: FileHandle }> | undefined;

  constructor(private readonly folder: string) {}

  /** Where segments began when they were listed last, ascending. */
  get starts(): readonly number[] {
    return this.known;
  }

  async list(): Promise<readonly number[]> {
    this.known = await listSegments(this.folder);
    return this.known;
  }

  forget(at: number): void {
    this.known = this.known.filter((other) => other !== at);
  }

  /** Bytes from `at` on, at most `most` and not beyond the segment's end; undefined where no segment has them. */
  async read(at: number, most: number): Promise<Buffer | undefined> {
    const file = await this.openAt(at);
    if (file === undefined) return undefined;
    const inside = at - file.at;
    const size = Math.min(most, segmentEnd(file.at) - at, (await file.handle.stat()).size - inside);
    if (size <= 0) return undefined;
    const { bytesRead, buffer } = await file.handle.read(Buffer.allocUnsafe(size), 0, size, inside);
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.handle.close();
  }

  private async openAt(at: number): Promise<typeof this.file> {
    if (this.startOf(at) === undefined) await this.list();
    const start = this.startOf(at);
    if (start === undefined) return undefined;
    if (this.file?.at === start) return this.file;
    await this.close();
    const handle = await open(join(this.folder, segmentName(start)), 'r').catch(() => undefined);
    this.file = handle && { at: start, handle };
    return this.file;
  }

  private startOf(at: number): number | undefined {
    const start = this.known.findLast((one) => one <= at);
    return start !== undefined && at < segmentEnd(start) ? start : undefined;
  }
}
