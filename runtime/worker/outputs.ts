import type { Ending } from '../../workflows/contract.js';
import { MOST_OUTPUT_BYTES, OUTPUT_KEY, outputBytes } from '../api/worker/outputs.js';
import { SegmentReader } from './segment-reader.js';

// What a run tells those who need it: lines `HERA_OUTPUT key=value` near the end of what its process wrote. They are looked for once, when
// the process has ended, on this disk, where the end of an output always is.

/** So much of the end is looked through. */
const TAIL_BYTES = 64 * 1024;
const LINE = /^HERA_OUTPUT ([^=\s]+)=(.*)$/;

/**
 * The ending with the outputs of a process that succeeded: of a key that is told twice the last value. What is too much is not kept in part: then
 * there are none, and the ending says why.
 */
export async function withOutputs(ending: Ending, folder: string, length: number): Promise<Ending> {
  if (ending.kind !== 'exited' || ending.code !== 0 || length === 0) return ending;
  const told = outputsIn(await tailOf(folder, length));
  if (told.size === 0) return ending;
  const strange = [...told.keys()].find((key) => !OUTPUT_KEY.test(key));
  const outputs = Object.fromEntries(told);
  const bytes = outputBytes(outputs);
  if (strange !== undefined)
    return { ...ending, outputsRefused: `\`${strange.slice(0, 64)}\` is no key: letters, digits and \`_\`` };
  if (bytes > MOST_OUTPUT_BYTES)
    return { ...ending, outputsRefused: `outputs of ${bytes} bytes: at most ${MOST_OUTPUT_BYTES} are kept` };
  return { ...ending, outputs };
}

/** The last value of each key. A line that was cut off at its begin is none. */
function outputsIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = LINE.exec(line.replace(/\r$/, '')) ?? [];
    if (key !== undefined) found.set(key, value!.replaceAll('\0', ''));
  }
  return found;
}

/** The end of what was written, from the begin of a line on. */
export async function tailOf(folder: string, length: number): Promise<string> {
  const reader = new SegmentReader(folder);
  const parts: Buffer[] = [];
  try {
    for (let at = Math.max(0, length - TAIL_BYTES); at < length; ) {
      const bytes = await reader.read(at, length - at);
      if (bytes === undefined) break;
      parts.push(bytes);
      at += bytes.length;
    }
  } finally {
    await reader.close();
  }
  const text = Buffer.concat(parts).toString('utf8');
  return length > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
}
