import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';

// Output is packed here and not by the database: what goes over the wire and into the write-ahead log is then small, and it is done beside
// the loop, on threads, instead of in the one session that stores it.

/** Bytes as they are stored. `unpacked`: how many they are; null: they are stored as they are. */
export type Packed = Readonly<{ bytes: Buffer; unpacked: number | null }>;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Less is not worth it, and may still grow. */
const LEAST_BYTES = 16 * 1024;
/** Nor is what stays larger than this part of itself. */
const WORTH = 0.9;
// Text shrinks to a fifth at the fastest level; the best would halve that once more and take ten times as long.
const LEVEL = constants.Z_BEST_SPEED;

/** Packs a chunk where that is worth it. */
export async function pack(bytes: Buffer): Promise<Packed> {
  if (bytes.length < LEAST_BYTES) return { bytes, unpacked: null };
  const packed = await deflate(bytes, { level: LEVEL });
  return packed.length < WORTH * bytes.length ? { bytes: packed, unpacked: bytes.length } : { bytes, unpacked: null };
}

/** The chunk as it was. */
export const unpack = async ({ bytes, unpacked }: Packed): Promise<Buffer> =>
  unpacked === null ? bytes : inflate(bytes, { maxOutputLength: unpacked });
