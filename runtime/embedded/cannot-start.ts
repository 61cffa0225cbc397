/** An embedded part could not be started: which, why (with the end of its own log), and what a person can do. */
export class CannotStart extends Error {
  readonly code = 'CANNOT_START';
  constructor(
    readonly part: string,
    readonly detail: string,
    readonly help: string,
    readonly log = '',
  ) {
    super(`${part} did not start: ${detail}${log ? `\n${indent(log)}` : ''}\n  help: ${help}`);
    this.name = 'CannotStart';
  }
}

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  | ');
