import type { CommandLine, EngineRun, Places } from './command-line.js';

/** `bash <script> <args>`; a machine without bash takes `sh`. */
export const shell = ({ args }: EngineRun, script: string, _: Places): CommandLine => ({
  programs: ['bash', 'sh'],
  args: [script, ...args],
});
