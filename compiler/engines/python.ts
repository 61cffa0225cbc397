import { type CommandLine, type EngineRun, type Places, placeOf } from './command-line.js';

/**
 * `python3 -u <script> <args>`, or `-m <module>`: unbuffered, so that its output is shipped as it is printed. With requirements, pip is asked
 * first whether all of them are installed; it may neither look elsewhere nor install anything.
 */
export function python({ args, options }: EngineRun, script: string, at: Places): CommandLine {
  const { module, interpreter, venv, requirements } = options;
  const program = interpreter ?? (venv === undefined ? 'python3' : `${venv.replace(/\/$/, '')}/bin/python`);
  const rest = ['-u', ...(module === undefined ? [script] : ['-m', module]), ...args];
  if (requirements === undefined) return { programs: [program], args: rest };
  return { programs: ['bash', 'sh'], args: ['-c', CHECKED, program, placeOf(requirements, at), ...rest] };
}

// `exec` keeps the process: the shell is gone before the first line of the job is read.
const CHECKED = [
  '"$0" -m pip install --quiet --dry-run --no-index --no-input --disable-pip-version-check -r "$1" >&2 || {',
  '  echo "hera: not all of the requirements are installed for $0: nothing was run" >&2; exit 1; }',
  'shift; exec "$0" "$@"',
].join('\n');
