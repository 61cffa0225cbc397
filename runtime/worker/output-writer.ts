import { closeSync, openSync, rmSync, write, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { identify } from './processes.js';
import { segmentEnd, segmentName, WRITER_FILE } from './segments.js';

// Reads what a job prints from its pipe and writes it to segments (`segments.ts`). A pipe and not the file itself: a script that writes to
// /dev/stderr would truncate a file that it was given, and what cannot be written is our trouble, never the job's. The job is slowed down to
// the speed of the disk and no further: what the disk refuses is left out, and the gap in the segments says how much.

export type OutputWriter = Readonly<{
  /** Takes what is in the pipe, then ends it, whoever still holds the other end. */
  close(): void;
  /** Writes at most so much more; the rest is read and left out. */
  limit(bytes: number): void;
}>;

/** How far the writer is: `length` bytes were read so far. */
export type Told = (length: number, ended: boolean) => void;

// Bytes under way in a pipe arrive at once; a stranger that goes on writing is not waited for.
const QUIET_MS = 50;
const QUIET_MOST_MS = 1_000;

/** After the disk refused something it is tried again after the first of these, at last after the second. */
const PAUSE_MS = 250;
const PAUSE_MOST_MS = 30_000;

/** Reads `pipe` to its end into `folder`, which is there. `told` is called after each piece that is on disk, and at the end. */
export function writeOutput(pipe: number, folder: string, told: Told): OutputWriter {
  attemptTo(() => writeFileSync(join(folder, WRITER_FILE), JSON.stringify(identify(process.pid)), { mode: 0o600 }));
  const source = new Socket({ fd: pipe, readable: true, writable: false });
  const segments = new Segments(folder);
  void drain(source, segments, told).finally(() => {
    segments.end();
    rmSync(join(folder, WRITER_FILE), { force: true });
    told(segments.at, true);
  });
  let closing = false;
  return {
    limit: (bytes) => segments.limit(bytes),
    close() {
      if (closing) return;
      closing = true;
      const deadline = performance.now() + QUIET_MOST_MS;
      const look = (before: number): void => {
        if (source.destroyed) return;
        if (source.bytesRead === before || performance.now() > deadline) source.destroy();
        else setTimeout(look, QUIET_MS, source.bytesRead);
      };
      setTimeout(look, QUIET_MS, source.bytesRead);
    },
  };
}

async function drain(source: Socket, segments: Segments, told: Told): Promise<void> {
  try {
    for await (const chunk of source) {
      await segments.append(chunk as Buffer);
      told(segments.at, false);
    }
  } catch {
    // Closed by us, or broken: what came is written.
  }
}

/** The segments of one output, at its end. */
class Segments {
  /** Bytes taken so far, written or left out. */
  at = 0;
  private file: number | undefined;
  private begun = 0;
  private endsAt = 0;
  private againAt = 0;
  private pauseMs = PAUSE_MS;
  private mostAt = Number.POSITIVE_INFINITY;
  /** Whether bytes were left out since the last segment. */
  private gap = false;

  constructor(private readonly folder: string) {}

  limit(bytes: number): void {
    this.mostAt = this.at + bytes;
  }

  async append(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const file = this.current();
      const piece = chunk.subarray(from, from + Math.max(0, this.endsAt - this.at));
      const written = file === undefined ? 0 : await writePiece(file, piece);
      this.at += written;
      from += written;
      if (file !== undefined && written === piece.length) continue;
      // The rest of the chunk is left out; the next one tries again, behind the gap.
      this.leaveOut(chunk.length - from);
      return;
    }
  }

  /** A gap at the very end is told by an empty segment behind it. */
  end(): void {
    if (this.gap) this.begin();
    this.close();
  }

  /** From here on nothing is written for a while: a disk that is full for long costs few gaps, not one for each piece. */
  private leaveOut(bytes: number): void {
    const isEmpty = this.file !== undefined && this.at === this.begun;
    this.close();
    // A segment that took nothing would cut one gap into two.
    if (isEmpty) rmSync(join(this.folder, segmentName(this.begun)), { force: true });
    this.at += bytes;
    this.gap = true;
    if (performance.now() < this.againAt) return;
    this.againAt = performance.now() + this.pauseMs;
    this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MOST_MS);
  }

  private current(): number | undefined {
    if (this.file !== undefined && this.at < this.endsAt) return this.file;
    this.close();
    if (this.at >= this.mostAt || (this.gap && performance.now() < this.againAt)) return undefined;
    return this.begin();
  }

  private begin(): number | undefined {
    attemptTo(() => {
      this.file = openSync(join(this.folder, segmentName(this.at)), 'w', 0o600);
      this.begun = this.at;
      this.endsAt = segmentEnd(this.at);
      this.gap = false;
    });
    return this.file;
  }

  private close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** How many of the bytes are written; fewer when the disk takes no more. */
async function writePiece(file: number, piece: Buffer): Promise<number> {
  for (let done = 0; done < piece.length; ) {
    const written = await new Promise<number>((resolve) => {
      write(file, piece, done, piece.length - done, null, (error, bytes) => resolve(error ? 0 : bytes));
    });
    if (written === 0) return done;
    done += written;
  }
  return piece.length;
}

/** A full disk refuses files as well; who reads the folder copes without this one. */
function attemptTo(act: () => void): void {
  try {
    act();
  } catch {
    // See above.
  }
}
