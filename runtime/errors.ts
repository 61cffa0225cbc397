// The world's failures, one class per decision that a caller can take. Each carries facts as fields; one table maps them to
// HTTP status and exit code. An author's mistake is a diagnostic, and a job's exit is a value: neither is ever one of these.

export type FailureCode =
  | 'not-found'
  | 'forbidden'
  | 'unauthenticated'
  | 'conflict'
  | 'stale'
  | 'invalid'
  | 'limited'
  | 'unavailable';

export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
    /** What to do about it, and the facts; both are shown to people. */
    readonly more: { readonly help?: string; readonly details?: unknown; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'Failure';
  }
}

type More = ConstructorParameters<typeof Failure>[2];

export const notFound = (message: string, more?: More): Failure => new Failure('not-found', message, more);
export const forbidden = (message: string, more?: More): Failure => new Failure('forbidden', message, more);
export const unauthenticated = (message: string, more?: More): Failure => new Failure('unauthenticated', message, more);
/** The state of things does not allow it now (HTTP 409). */
export const conflict = (message: string, more?: More): Failure => new Failure('conflict', message, more);
/** The world moved since the plan was made: plan again. */
export const stale = (message: string, more?: More): Failure => new Failure('stale', message, more);
/** The request itself is wrong. */
export const invalid = (message: string, more?: More): Failure => new Failure('invalid', message, more);
/** Asked too often: later. `details.retryAfterSeconds` says when. */
export const limited = (message: string, more?: More): Failure => new Failure('limited', message, more);
/** Something that we need cannot be reached: try again. */
export const unavailable = (message: string, more?: More): Failure => new Failure('unavailable', message, more);

/** HTTP status and exit code (DESIGN of the command line: 1 failed, 2 usage, 3 not found, 4 not permitted, 5 unavailable, 6 stale). */
export const FAILURES: Readonly<
  Record<FailureCode, Readonly<{ status: 400 | 401 | 403 | 404 | 409 | 429 | 503; exit: number }>>
> = {
  'not-found': { status: 404, exit: 3 },
  forbidden: { status: 403, exit: 4 },
  unauthenticated: { status: 401, exit: 4 },
  conflict: { status: 409, exit: 1 },
  stale: { status: 409, exit: 6 },
  invalid: { status: 400, exit: 2 },
  limited: { status: 429, exit: 5 },
  unavailable: { status: 503, exit: 5 },
};
