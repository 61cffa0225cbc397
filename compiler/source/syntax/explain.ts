// What is wrong with a text that is not TypeScript, in words of its author's file. esbuild tells where it gave up and what it would have taken there;
// the mistake lies before that place more often than not. In: the text, esbuild's words and the place. Out: message, place and remedy.
// `RULES` are asked from the first on; what none of them knows is told in esbuild's words. Read on: `signs.ts`, `texts.ts`, `open-signs.ts`.
import { FULL_WIDTH, halfWidth } from '../full-width.js';
import { before, DEFINITION, type Explained, lineAt, type Rule, shown } from './mistake.js';
import { openSigns } from './open-signs.js';
import { SIGN_RULES } from './signs.js';
import { TEXT_RULES } from './texts.js';

/** `offset`: where esbuild gave up. */
export function explainSyntax(text: string, words: string, offset: number): Explained {
  const found = /^(?:[\w$]+|[^\s])/u.exec(text.slice(offset, offset + 100))?.[0] ?? '';
  const mistake = { text, words, offset, found, open: openSigns(text, offset) };
  for (const rule of RULES) {
    const said = rule(mistake);
    if (said) return said;
  }
  return { message: `${words.charAt(0).toLowerCase()}${words.slice(1)}` };
}

const mergeMarks: Rule = ({ text, offset }) =>
  /^(<{7}|={7}|>{7})( |\r?$)/.test(lineAt(text, offset))
    ? {
        message: 'it holds the marks of a merge that was not finished',
        label: 'left by git',
        help: 'choose one side and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`',
      }
    : undefined;

const fullWidth: Rule = ({ found }) =>
  FULL_WIDTH.test(found)
    ? {
        message: `\`${found}\` is a full-width sign`,
        label: 'no sign of TypeScript',
        help: `write \`${halfWidth(found)}\``,
      }
    : undefined;

const json: Rule = ({ text, words }) =>
  /^Expected ";" but found ":"/.test(words) && /^\s*\{\s*"[^"\n]*"\s*:/.test(text)
    ? {
        message: 'it holds JSON and no definition',
        help: `write ${DEFINITION}; in a file that ends in \`.yaml\` JSON is a definition as it stands`,
      }
    : undefined;

const noDefault: Rule = (mistake) =>
  /^define(?:Job|Jobs|Folder|Project)$/.test(mistake.found) && /\bexport$/.test(before(mistake))
    ? { message: '`default` is missing behind `export`', help: `write \`export default ${mistake.found}({ … })\`` }
    : undefined;

/** esbuild's own words, and ours. */
const SAID: readonly (readonly [RegExp, (match: RegExpExecArray) => Omit<Explained, 'start' | 'end'>])[] = [
  [
    /^Multiple exports with the same name "default"/,
    () => ({
      message: '`export default` stands twice',
      label: 'here again',
      help: 'write one definition a file, or several by `defineJobs({ key: … })`',
    }),
  ],
  [
    /^The symbol "(.+)" has already been declared/,
    ([, name]) => ({ message: `\`${name}\` is declared twice`, label: 'here again', help: 'rename one' }),
  ],
  [
    /^Expected identifier but found "(\w+)"/,
    ([, word]) => ({ message: `\`${word}\` is a word of TypeScript and no name`, help: 'choose another name' }),
  ],
  [/^Expected "from"/, () => ({ message: '`from` is missing', help: "write `import { … } from 'hera'`" })],
  [
    /^Legacy octal/,
    () => ({ message: 'a number begins with `0`', help: 'write it without, or between quotes where a text is meant' }),
  ],
  [/^Top-level return/, () => ({ message: '`return` stands outside of a function', help: `write ${DEFINITION}` })],
  [
    /^The constant "(.+)" must be initialized/,
    ([, name]) => ({ message: `\`${name}\` has no value`, help: `write \`const ${name} = …\`` }),
  ],
];

const known: Rule = ({ words }) => {
  for (const [pattern, say] of SAID) {
    const match = pattern.exec(words);
    if (match) return say(match);
  }
  return undefined;
};

/** `def f():` and what else begins like no statement. */
const stray: Rule = (mistake) => {
  const { found, words } = mistake;
  if (!/^Expected ";" but found|^Unexpected "/.test(words) || found === '') return undefined;
  const [last] = /[\w$]+$|[^\s]$/u.exec(before(mistake)) ?? [];
  return {
    message: `${shown(found)} cannot stand ${last === undefined ? 'at its beginning' : `behind ${shown(last)}`}`,
  };
};

const RULES: readonly Rule[] = [mergeMarks, fullWidth, json, ...TEXT_RULES, ...SIGN_RULES, noDefault, known, stray];
