import type { SandboxFile, SandboxModule } from './sandbox-child.js';
import type { Script } from './translate.js';

/**
 * Scripts for the sandbox in the order in which they become known, kept so that a child's successor can be told again. A helper stands before
 * the first file that reaches it; files are numbered from 0.
 */
export class Feed {
  readonly #messages: (SandboxModule | SandboxFile)[] = [];
  readonly files: Script[] = [];
  #state: 'open' | 'ended' | 'failed' = 'open';
  #more: () => void = () => undefined;
  #first: (any: boolean) => void = () => undefined;
  readonly #any = new Promise<boolean>((resolve) => {
    this.#first = resolve;
  });
  #finish: () => void = () => undefined;
  /** Settled when nothing more will come. */
  readonly whole = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  addHelper(script: Script): void {
    this.#messages.push(script);
    this.#more();
  }

  /** Whether there is any file to evaluate, as soon as that is known. */
  whenAny(): Promise<boolean> {
    return this.#any;
  }

  addFile(script: Script): void {
    this.#messages.push({ id: this.files.length, ...script });
    this.files.push(script);
    this.#first(true);
    this.#more();
  }

  /** Nothing more will come. */
  end(): void {
    this.#close('ended');
  }

  /** Nothing more will come, and nobody asks for outcomes: whoever evaluates stops at once. */
  fail(): void {
    this.#close('failed');
  }

  get ended(): boolean {
    return this.#state !== 'open';
  }

  get failed(): boolean {
    return this.#state === 'failed';
  }

  /** What is there from the message numbered `index` on. */
  *from(index: number): Generator<SandboxModule | SandboxFile> {
    for (let i = index; i < this.#messages.length; i++) yield this.#messages[i]!;
  }

  /** Calls `listen` whenever there is more, or nothing more will come; one listener at a time. Answers how to stop. */
  onMore(listen: () => void): () => void {
    this.#more = listen;
    return () => {
      this.#more = () => undefined;
    };
  }

  #close(state: 'ended' | 'failed'): void {
    this.#state = state;
    this.#finish();
    this.#first(false);
    this.#more();
  }
}
