import { SegmentReader } from './segment-reader.js';

// Ids of applications that an output names: `application_<start of the ResourceManager>_<n>` of YARN, and `job_<start>_<n>` of MapReduce, whose
// application has the same numbers. They are looked for on this disk, so that a control plane that is away hides none.

const ID = /(?<![A-Za-z0-9_])(?:application|job)_\d{10,}_\d{4,}(?![A-Za-z0-9_])/g;
/** An id that a piece cuts in two is no longer than this. */
const OVERLAP_BYTES = 64;
const PIECE_BYTES = 256 * 1024;
/** A job that starts more is shown with its first ones. */
const MOST = 50;

/** All ids in what was written, each once, in the order of their first appearance. */
export async function applicationsIn(folder: string, length: number): Promise<readonly string[]> {
  const reader = new SegmentReader(folder);
  const found = new Set<string>();
  let rest = '';
  try {
    for (let at = 0; at < length && found.size < MOST; ) {
      const bytes = await reader.read(at, Math.min(PIECE_BYTES, length - at));
      if (bytes === undefined) {
        // Left out of the middle: the next segment goes on.
        const next = (await reader.list()).find((start) => start > at);
        if (next === undefined) break;
        [at, rest] = [next, ''];
        continue;
      }
      at += bytes.length;
      const text = rest + bytes.toString('latin1');
      for (const id of idsIn(text, at >= length)) found.add(id);
      rest = text.slice(-OVERLAP_BYTES);
    }
  } finally {
    await reader.close();
  }
  return [...found].slice(0, MOST);
}

/** One that ends with a piece may go on in the next. */
const idsIn = (text: string, isLast: boolean): readonly string[] =>
  [...text.matchAll(ID)].filter(({ 0: id, index }) => isLast || index + id.length < text.length).map(([id]) => id);

/** Applications of YARN among the ids, those of MapReduce jobs too. */
export const onYarn = (ids: readonly string[]): readonly string[] => [
  ...new Set(ids.map((id) => id.replace(/^job_/, 'application_'))),
];
