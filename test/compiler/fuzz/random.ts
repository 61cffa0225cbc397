/** Numbers that a seed determines: a case of the fuzzer can be made again from its seed and its number. */
export type Random = Readonly<{
  /** A whole number in `[0, limit)`. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  /** True once in so many times. */
  once(times: number): boolean;
}>;

/** Source: mulberry32, a generator of 32 bits of state, which is plenty for one case. */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (from) => from[below(from.length)]!, once: (times) => below(times) === 0 };
}
