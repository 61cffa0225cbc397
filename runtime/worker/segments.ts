// An attempt's output on disk: a folder of files named by the offset of their first byte in all that the process wrote. They follow each
// other without a seam; where one is missing, bytes were left out, and how many is the distance between the names. A file ends at the next
// multiple of SEGMENT_BYTES, so that what was shipped, or is too much, is removed by the file while the process writes on.
// Pure Node: the launcher writes them (`output-writer.ts`), the worker reads and removes them (`spooled-output.ts`).

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, type ProcessIdentity } from './processes.js';

export const SEGMENT_BYTES = 4 * 1024 * 1024;

/** The name of the segment that begins at byte `at`. */
export const segmentName = (at: number): string => at.toString().padStart(15, '0');

/** Where the segment of byte `at` ends at the latest. */
export const segmentEnd = (at: number): number => (Math.floor(at / SEGMENT_BYTES) + 1) * SEGMENT_BYTES;

/** The starts of all segments of an output, ascending; none when there is no such folder. */
export async function listSegments(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d{15}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** How many bytes the process has written by what the folder says: the end of the last segment. */
export async function lengthOnDisk(folder: string): Promise<number> {
  const last = (await listSegments(folder)).at(-1);
  return last === undefined ? 0 : last + (await stat(join(folder, segmentName(last)))).size;
}

/** In the folder for as long as somebody writes there: who. */
export const WRITER_FILE = 'writer.json';

const LOOK_MS = 25;

/** Resolves when no living process writes the output any more: a launcher outlives its worker by a moment. */
export async function untilWritten(folder: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const text = await readFile(join(folder, WRITER_FILE), 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const writer = parseIdentity(text);
    if (writer && identify(writer.pid)?.started !== writer.started) return;
    await delay(LOOK_MS, undefined, { signal });
  }
}

/** Undefined while it is being written. */
function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
