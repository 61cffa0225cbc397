// A process whose clock is wrong. Timers and the monotonic clock are not, as where somebody sets a host's clock.

/** From now on `Date` is wrong by so much in this process; the answer makes it right again. */
export function shiftClock(shiftMs: number): () => void {
  const Right = Date;

  class Shifted extends Right {
    constructor(...given: number[]) {
      super(...((given.length === 0 ? [Shifted.now()] : given) as [number]));
    }
    static override now(): number {
      return Right.now() + shiftMs;
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === '[object Date]';
    }
  }

  globalThis.Date = Shifted as unknown as DateConstructor;
  return () => {
    globalThis.Date = Right;
  };
}
