import type { SandboxFile, SandboxModule } from './sandbox-child.js';
import type { Script } from './translate.js';

/**
 * Scripts for the sandbox in the order in which they become known, kept so that a child's successor can be told again. A helper stands before
 * the first file that reaches it; files are numbered from 0.
 */
export class Feed {
  readonly #messages: (SandboxModule | SandboxFile)[] = [];
  readonly files: Script[] = [];
  #ended = false;
  #wake: () => void = () => undefined;
  #finish: () => void = () => undefined;
  /** Settled when nothing more will come. */
  readonly whole = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  addHelper(script: Script): void {
    this.#messages.push(script);
    this.#wake();
  }

  addFile(script: Script): void {
    this.#messages.push({ id: this.files.length, ...script });
    this.files.push(script);
    this.#wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#finish();
    this.#wake();
  }

  /** Lets a reader see that it has been stopped. */
  wake(): void {
    this.#wake();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Everything from the beginning, then what arrives, until the end or until the reader has stopped. */
  async *read(stopped: () => boolean): AsyncGenerator<SandboxModule | SandboxFile> {
    for (let i = 0; !stopped(); i++) {
      while (i >= this.#messages.length && !stopped()) {
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          const before = this.#wake;
          this.#wake = () => {
            before();
            resolve();
          };
        });
        this.#wake = () => undefined;
      }
      const message = this.#messages[i];
      if (message && !stopped()) yield message;
    }
  }
}
