import { isUtf8 } from 'node:buffer';
import type { Place } from '../check/diagnostic.js';

/** Read as UTF-8 the letters of another encoding would become others without a word. */
export const OTHER_ENCODING = 'save it as UTF-8 (from GBK: `iconv -f GBK -t UTF-8`)';

/** The first line of a file that is not UTF-8; undefined where all of them are. */
export const lineOfOtherEncoding = (file: string, bytes: Uint8Array): Place | undefined =>
  isUtf8(bytes) ? undefined : firstLineThat(file, bytes, (line) => !isUtf8(line));

/** The first line of a file with a byte that no text has; undefined where no line has one. */
export const lineOfNul = (file: string, bytes: Uint8Array): Place | undefined =>
  bytes.includes(0) ? firstLineThat(file, bytes, (line) => line.includes(0)) : undefined;

const LINE_BREAK = 10;

/** No letter of UTF-8 holds the byte of a line break, so that each line can be judged alone. */
function firstLineThat(file: string, bytes: Uint8Array, isMeant: (line: Uint8Array) => boolean): Place | undefined {
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_BREAK, start);
    const next = end < 0 ? bytes.length : end + 1;
    const one = bytes.subarray(start, next);
    if (isMeant(one)) return { file, line, column: 1, endLine: line, endColumn: one.length + 1 };
    start = next;
  }
  return undefined;
}
