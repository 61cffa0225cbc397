// What an error of an author's code means, in words of this project: the engine knows that a name is not defined, not what its author expected of it.
// In: the engine's words and the line on which it happened. Out: message and remedy, or undefined where the engine's words are the best there are.
import { nearest } from '../check/diagnostic.js';
import * as define from '../define/index.js';
import { isBuiltin } from '../render/index.js';

type Meaning = Readonly<{ message?: string; help: string }>;
/** The line of an error, and the column (from 0) at which it happened. */
export type Line = Readonly<{ text: string; column: number }>;

const EXPORTS = Object.keys(define);
const IN_SCRIPT =
  'a definition is data, evaluated once at each commit; what happens at each run belongs into the job’s script';

/** Names of other worlds that no definition has, and what to do instead. */
const ABSENT: Readonly<Record<string, string>> = {
  process:
    'a definition sees no environment, so that a commit means the same everywhere: use `vars`, or `env` and `secrets` of the job',
  require: 'write `import … from`; definitions are evaluated without Node, disk and network',
  module: 'write `export default defineJob({ … })`',
  exports: 'write `export default defineJob({ … })`',
  fetch: `there is no network: ${IN_SCRIPT}`,
  XMLHttpRequest: `there is no network: ${IN_SCRIPT}`,
  fs: "there is no disk: import a JSON file or a text of the repository (`import tables from './_tables.json'`)",
  path: 'there is no Node: paths are texts, relative to the definition',
  os: 'there is no Node: a definition means the same on every machine',
  Deno: 'there is no Deno: definitions are evaluated without disk and network',
  Bun: 'there is no Bun: definitions are evaluated without disk and network',
  Buffer: 'there is no Node: use texts',
  console:
    'nobody would read it: `hera compile` prints what a definition gives, and `throw new Error(…)` stops it with a message',
  setTimeout: IN_SCRIPT,
  setInterval: IN_SCRIPT,
  performance: IN_SCRIPT,
  crypto: 'the same commit must mean the same jobs: there is no chance in a definition',
  Intl: 'use the formats of templates, such as `${date:yyyy-MM-dd}`',
  Temporal: 'there is no clock: use the variables of templates, such as `${date-1d:yyyy-MM-dd}`',
  __dirname: "paths of scripts are relative to the definition: `{ file: './load.sh' }`",
  __filename: "paths of scripts are relative to the definition: `{ file: './load.sh' }`",
  window: 'a definition is evaluated without a browser',
  document: 'a definition is evaluated without a browser',
  URL: 'put the address together as a text',
  self: "`self` comes from 'hera': add it to the import",
};

/** The meaning of an error of the engine; `file` names the file in messages. */
export function meaningOf(file: string, name: string, message: string, line: Line | undefined): Meaning | undefined {
  const [, missing] = /^'?([\w$]+)'? is not defined$/.exec(message) ?? [];
  if (name === 'ReferenceError' && missing !== undefined) return undefinedName(file, missing, line);
  const [, asked] = /^`hera` exports no `(.+)`$/.exec(message) ?? [];
  if (asked !== undefined) return { help: exportHelp(asked) };
  if (name === 'NotDeterministic') return { help: changingHelp(message) };
  if (name === 'TypeError' && /not a function/.test(message)) {
    const called = wordAt(line);
    return {
      message: `\`${file}\` calls ${called ? `\`${called}\`` : 'something'}, which is no function`,
      help: `what 'hera' exports are ${listOf(EXPORTS)}`,
    };
  }
  return undefined;
}

function undefinedName(file: string, name: string, line: Line | undefined): Meaning {
  const isInTemplate = line !== undefined && /`[^`]*\$\{\s*$/.test(line.text.slice(0, line.column));
  const written = wordAt(line) ?? name;
  if (isInTemplate && !EXPORTS.includes(name) && (isBuiltin(written) || !Object.hasOwn(ABSENT, name)))
    return {
      message: `\`\${${written}}\` between backticks is TypeScript, and \`${name}\` is not defined there`,
      help: `for a variable that is rendered at each run write \`\\\${${written}}\`, or the text between single quotes`,
    };
  if (name !== 'self' && !EXPORTS.includes(name) && Object.hasOwn(ABSENT, name))
    return { message: `\`${file}\` uses \`${name}\`, which definitions do not have`, help: ABSENT[name]! };
  if (EXPORTS.includes(name))
    return {
      message: `\`${file}\` uses \`${name}\` and does not import it`,
      help: `add it to \`import { … } from 'hera'\``,
    };
  const guess = likely(name);
  const help =
    guess === undefined
      ? 'define it, or import it from a helper `_name.ts`'
      : `did you mean \`${guess}\`, imported from 'hera'?`;
  return { message: `\`${file}\` uses \`${name}\`, which is not defined`, help };
}

const exportHelp = (asked: string): string => {
  if (asked === 'default') return "write `import { defineJob, shell } from 'hera'`";
  if (/cron/i.test(asked)) return "a cron is a text: `schedule: '30 2 * * *'`";
  if (/^(bash|sh|script|command|cmd)$/i.test(asked)) return 'did you mean `shell`?';
  const guess = likely(asked);
  return guess === undefined ? `it exports ${listOf(EXPORTS)}` : `did you mean \`${guess}\`?`;
};

const likely = (name: string): string | undefined =>
  EXPORTS.find((one) => one.toLowerCase() === name.toLowerCase()) ?? nearest(name, EXPORTS);

const changingHelp = (message: string): string =>
  /random/.test(message)
    ? 'choose by what the commit says, such as the name of a table; to spread runs over time spread the minutes of their crons'
    : "write the time into the text as a variable, rendered at each run: `${bizdate}`, `${date:yyyy-MM-dd}`; a first day is `start: '2026-01-01'`";

const wordAt = (line: Line | undefined): string | undefined =>
  line && /^[\w$]+(?:\.[\w$]+)*/.exec(line.text.slice(line.column))?.[0];

const listOf = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The remedy for an import that gives nothing. */
export function importHelp(written: string): string {
  if (/^(node:)?(fs|path|os|child_process|process|crypto|http|https|util|url|events)(\/.*)?$/.test(written))
    return ABSENT[written.replace(/^node:/, '').split('/')[0]!] ?? `there is no Node: ${IN_SCRIPT}`;
  if (/^\.{0,2}\//.test(written))
    return 'an import names a file of the repository; a job of either language is imported by its file, or named in `needs` by its id, `./load` or `dw/load`';
  return 'only `hera` and what lies in `vendor/node_modules` of the commit can be imported; a file that is no job is named in `ignore` of the project, or its name begins with `_`';
}
