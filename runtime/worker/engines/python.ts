import { type Engine, findProgram } from './interpreter.js';

/** `python3 -u <script> <args>`: unbuffered, so that its output is shipped as it is printed. */
export const python: Engine = {
  scriptFile: 'script.py',
  compose(script, args, path) {
    const command = findProgram(['python3'], path);
    return command
      ? { command, args: ['-u', script, ...args] }
      : {
          refused: `this machine has no python3 on its PATH (${path}): install python3, or start the worker with --env PATH=…`,
        };
  },
};
