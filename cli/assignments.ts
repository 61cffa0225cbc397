import { invalid } from '../runtime/errors.js';

/** Reads `NAME=VALUE` arguments as an environment. Throws `invalid` for what is none. */
export const readAssignments = (pairs: readonly string[]): Readonly<Record<string, string>> =>
  read(pairs, /^[A-Za-z_]\w*$/);

/** The same as variables of templates, whose names the server knows. */
export const readVariables = (pairs: readonly string[]): Readonly<Record<string, string>> => read(pairs, /^[^{}$\s]+$/);

function read(pairs: readonly string[], name: RegExp): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || !name.test(pair.slice(0, at))) throw invalid(`${JSON.stringify(pair)} is no NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
