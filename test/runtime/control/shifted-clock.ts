// Imported before all other modules of a process: its clock is wrong by SHIFTED_MS from then on. Timers and the monotonic clock are not.
const shiftMs = Number(process.env.SHIFTED_MS ?? 0);
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
