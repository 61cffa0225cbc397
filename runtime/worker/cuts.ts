// Where output was left out. What the process wrote and what is stored are two counts of bytes: a stored log is what was written, with each
// cut replaced by a mark, one line that says how much is missing. Both counts follow from the cuts alone, so that a later start of the
// worker goes on where the former one stood. Pure.

/** Bytes `[from, to)` of what was written are not in what is stored. */
export type Cut = Readonly<{ from: number; to: number; why: CutReason }>;

export type CutReason = 'cap' | 'spool' | 'database';

const REASONS: Readonly<Record<CutReason, string>> = {
  cap: 'the attempt printed more than is kept',
  spool: 'the worker had no room to keep it until it could be sent',
  database: 'the database lost it after the worker had removed it',
};

/** The line that stands for a cut. */
export const markOf = ({ from, to, why }: Cut): Buffer =>
  Buffer.from(
    `\n[hera: ${to - from} bytes are left out here, from byte ${from} to byte ${to} of the output: ${REASONS[why]}]\n`,
  );

const MARK = /^\n\[hera: \d+ bytes are left out here, from byte \d+ to byte (\d+) of the output: .*\]\n/;
/** No mark is longer. */
export const MARK_MOST = 256;

/** The mark with which these bytes of a log begin: its own length, and the byte of the output behind it; undefined where there is none. */
export function markIn(bytes: Buffer): Readonly<{ length: number; to: number }> | undefined {
  const found = MARK.exec(bytes.toString('latin1', 0, MARK_MOST));
  return found ? { length: found[0].length, to: Number(found[1]) } : undefined;
}

/** What is stored at offset `stored`: a byte of what was written, or the rest of a mark. Cuts are ascending and apart. */
export function locate(
  cuts: readonly Cut[],
  stored: number,
): Readonly<{ written: number }> | Readonly<{ mark: Buffer }> {
  // Written minus stored, behind the cuts passed so far.
  let shift = 0;
  for (const cut of cuts) {
    const markAt = cut.from - shift;
    if (stored < markAt) break;
    const mark = markOf(cut);
    if (stored < markAt + mark.length) return { mark: mark.subarray(stored - markAt) };
    shift += cut.to - cut.from - mark.length;
  }
  return { written: stored + shift };
}
