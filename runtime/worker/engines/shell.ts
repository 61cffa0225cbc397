import { type Engine, findProgram } from './interpreter.js';

/** `bash <script> <args>`; a machine without bash takes `sh`. */
export const shell: Engine = {
  scriptFile: 'script.sh',
  compose(script, args, path) {
    const command = findProgram(['bash', 'sh'], path);
    return command
      ? { command, args: [script, ...args] }
      : {
          refused: `this machine has neither bash nor sh on its PATH (${path}): install bash, or start the worker with --env PATH=…`,
        };
  },
};
