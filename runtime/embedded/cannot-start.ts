import { Failure } from '../errors.js';

/** An embedded part could not be started: which, why (with the end of its own log), and what a person can do. */
export class CannotStart extends Failure {
  constructor(
    readonly part: string,
    detail: string,
    help: string,
    log = '',
  ) {
    super('unavailable', `${part} did not start: ${detail}${log ? `\n${indent(log)}` : ''}`, {
      help,
      details: { part },
    });
    this.name = 'CannotStart';
  }
}

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  | ');
