/** How long an output is that somebody else writes: what the launcher told last. */
export class Growth {
  private bytes = 0;
  private over = false;
  private torn = false;
  private readonly waiting = new Set<() => void>();

  /** Of something that grows no more. */
  static ended(length: number): Growth {
    const growth = new Growth();
    growth.tell(length, true);
    return growth;
  }

  get length(): number {
    return this.bytes;
  }

  /** Whether its end is where its writer died, so that bytes may be missing that nobody counted. */
  get isTorn(): boolean {
    return this.torn;
  }

  tear(length: number): void {
    this.torn = true;
    this.tell(length, true);
  }

  get isEnded(): boolean {
    return this.over;
  }

  tell(length: number, ended: boolean): void {
    this.bytes = Math.max(this.bytes, length);
    this.over ||= ended;
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves when it is longer than `length`, or has ended; rejects with the signal's reason. */
  beyond(length: number, signal: AbortSignal): Promise<void> {
    return this.until(() => this.bytes > length || this.over, signal);
  }

  end(signal: AbortSignal): Promise<void> {
    return this.until(() => this.over, signal);
  }

  private async until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isSo()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }
}
