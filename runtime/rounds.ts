/** Work that is done again and again in this process until it is stopped. */
export type Rounds = Readonly<{
  /** Begins no further round, and resolves when the one under way has ended. */
  stop(): Promise<void>;
}>;

/** Does `round` now and `everyMs` after the end of each. One that rejects is told to `failed`, and the next one tries again. */
export function startRounds(everyMs: number, round: () => Promise<unknown>, failed: (error: unknown) => void): Rounds {
  let stopped = false;
  let wakeUp: () => void = () => {};
  const loop = (async () => {
    while (!stopped) {
      await round().catch(failed);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (stopped) wakeUp();
      });
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      wakeUp();
      await loop;
    },
  };
}
