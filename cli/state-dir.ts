import { join, resolve } from 'node:path';
import type { Terminal } from './terminal.js';

/** Where one machine's Hera keeps everything: as given, else `.hera` beside the project in `dir`. */
export const stateDirOf = (terminal: Terminal, dir: string, given: string | undefined): string =>
  given === undefined ? join(resolve(terminal.cwd, dir), '.hera') : resolve(terminal.cwd, given);
