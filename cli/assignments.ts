import { invalid } from '../runtime/errors.js';

/** Reads `NAME=VALUE` arguments as an environment. Throws `invalid` for what is none. */
export function readAssignments(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (at < 1 || !/^[A-Za-z_]\w*$/.test(name)) throw invalid(`${JSON.stringify(pair)} is no NAME=VALUE`);
      return [name, pair.slice(at + 1)];
    }),
  );
}
