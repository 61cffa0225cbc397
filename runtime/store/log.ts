import type { Queryable, Transaction } from './database.js';
import { expiredAt } from './log-retention.js';
import { tailEnd } from './log-tail.js';
import { type Packed, pack, unpack } from './pack.js';

// Log bytes of attempts, in order: chunk k begins where k-1 ended, none overlaps, none is missing below the attempt's `log_bytes`.

/** The place of an attempt's chunks: `begunAt` names the partition. */
export type LogKey = Readonly<{ run: string; n: number; begunAt: Date }>;

export type LogLength = Readonly<{
  begunAt: Date;
  bytes: number;
  /** Whether no more will come. */
  sealed: boolean;
  /** Whether the bytes were dropped with their week. */
  expired: boolean;
  /** Up to which byte of all that was written its newest output is shown beside the log; 0 while it is not. */
  shownTo: number;
}>;

/** A chunk may grow to this by later appends: a job that prints a line a second does not make a row a second. */
const GROWS_TO_BYTES = 16 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** The longest range that `readLog` answers at once. */
export const READ_MOST_BYTES = 4 * 1024 * 1024;

/** How long an attempt's log is; undefined when there is no such attempt (any more). */
export async function logLength(sql: Queryable, run: string, n: number): Promise<LogLength | undefined> {
  const [row] = await sql<LogLength[]>`
    select begun_at as "begunAt", log_bytes::float8 as bytes, log_sealed is not null as sealed,
      ${expiredAt(sql, sql`begun_at`)} as expired, ${tailEnd(sql)} as "shownTo"
    from attempt where run = ${run} and n = ${n}`;
  return row;
}

/** Bytes `[from, to)` of an attempt's log, cut to what there is and to READ_MOST_BYTES; undefined when there is no such attempt. */
export async function readLog(
  sql: Queryable,
  run: string,
  n: number,
  from: number,
  to: number,
): Promise<Buffer | undefined> {
  const length = await logLength(sql, run, n);
  if (!length) return undefined;
  return readChunks(sql, { run, n, begunAt: length.begunAt }, from, Math.min(to, length.bytes, from + READ_MOST_BYTES));
}

/** The last `bytes` of a log and where they begin. */
export async function logTail(
  sql: Queryable,
  run: string,
  n: number,
  bytes: number,
): Promise<Readonly<{ from: number; bytes: Buffer; sealed: boolean }> | undefined> {
  const length = await logLength(sql, run, n);
  if (!length) return undefined;
  const from = Math.max(0, length.bytes - Math.min(bytes, READ_MOST_BYTES));
  return {
    from,
    bytes: await readChunks(sql, { run, n, begunAt: length.begunAt }, from, length.bytes),
    sealed: length.sealed,
  };
}

export async function readChunks(sql: Queryable, key: LogKey, from: number, to: number): Promise<Buffer> {
  if (to <= from) return Buffer.alloc(0);
  const rows = await sql<(Packed & Readonly<{ at: number }>)[]>`
    select at_byte::float8 as at, bytes, unpacked from log_chunk
    where run = ${key.run} and attempt = ${key.n} and begun_at = ${key.begunAt} and at_byte < ${to}
      and at_byte >= coalesce((
        select max(at_byte) from log_chunk
        where run = ${key.run} and attempt = ${key.n} and begun_at = ${key.begunAt} and at_byte <= ${from}), 0)
    order by at_byte`;
  const first = rows[0]?.at ?? from;
  return Buffer.concat(await Promise.all(rows.map(unpack))).subarray(from - first, to - first);
}

/** Appends at `at`, the present end of the log, and moves the end. The caller has locked the attempt. */
export async function appendChunks(tx: Transaction, key: LogKey, at: number, bytes: Buffer): Promise<void> {
  const grown = await growLast(tx, key, at, bytes);
  const starts = Array.from(
    { length: Math.ceil((bytes.length - grown) / CHUNK_BYTES) },
    (_, i) => grown + i * CHUNK_BYTES,
  );
  const chunks = await Promise.all(starts.map((from) => pack(bytes.subarray(from, from + CHUNK_BYTES))));
  await Promise.all(
    chunks.map(
      (chunk, i) => tx`
        insert into log_chunk (begun_at, run, attempt, at_byte, bytes, unpacked)
        values (${key.begunAt}, ${key.run}, ${key.n}, ${at + starts[i]!}, ${chunk.bytes}, ${chunk.unpacked})`,
    ),
  );
  await tx`update attempt set log_bytes = ${at + bytes.length} where run = ${key.run} and n = ${key.n} and begun_at = ${key.begunAt}`;
}

/** Adds all bytes to the last chunk while that stays small; answers how many it took. */
async function growLast(tx: Transaction, key: LogKey, at: number, bytes: Buffer): Promise<number> {
  if (at === 0 || bytes.length >= GROWS_TO_BYTES) return 0;
  const rows = await tx`
    update log_chunk set bytes = bytes || ${bytes}, received_at = now()
    where run = ${key.run} and attempt = ${key.n} and begun_at = ${key.begunAt}
      and at_byte = (select max(at_byte) from log_chunk where run = ${key.run} and attempt = ${key.n} and begun_at = ${key.begunAt})
      and unpacked is null and at_byte + length(bytes) = ${at} and length(bytes) + ${bytes.length} <= ${GROWS_TO_BYTES}
    returning at_byte`;
  return rows.length > 0 ? bytes.length : 0;
}

/** On it, `run:n` says that this attempt's log grew or was closed. */
export const LOG_CHANNEL = 'hera_log';

/** Wakes who follows these logs; called after the commit. */
export async function notifyGrown(sql: Queryable, keys: readonly string[]): Promise<void> {
  await sql`select pg_notify(${LOG_CHANNEL}, key) from unnest(${[...keys]}::text[]) as key`;
}

/** The text of a blob. */
export async function readBlob(sql: Queryable, sha256: string): Promise<Buffer | undefined> {
  const [row] = await sql<{ bytes: Buffer }[]>`select bytes from blob where sha256 = ${sha256}`;
  return row?.bytes;
}
