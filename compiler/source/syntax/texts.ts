// Texts, comments and what stands without quotes although it is a text.
import { lineAt, type Rule } from './mistake.js';

const unclosedText: Rule = ({ words, open }) => {
  const { sign, offset } = open.at(-1) ?? {};
  if (offset === undefined || sign === undefined || !/^Unterminated string|^Expected "\*\/"/.test(words))
    return undefined;
  if (sign === '/*')
    return {
      message: 'a comment is not closed',
      label: 'begins here',
      help: 'close it with `*/`',
      start: offset,
      end: offset + 2,
    };
  const several = sign === '`' ? '' : '; a text of several lines stands between backticks';
  return {
    message: `a ${sign} is not closed`,
    label: 'begins here',
    help: `close the text with ${sign}${several}`,
    start: offset,
    end: offset + 1,
  };
};

const regular: Rule = ({ words, text, offset }) => {
  if (!/^Unterminated regular/.test(words)) return undefined;
  const start = text.lastIndexOf('/', offset);
  return {
    message: 'a `/` begins a regular expression that does not end',
    help: 'a path stands between quotes',
    start,
    end: start + 1,
  };
};

/** `timeout: 2h`, `doneBy: 06:30`, `schedule: 30 2 * * *`: texts without quotes. */
const bareText: Rule = ({ text, offset, words }) => {
  if (!/^Syntax error|^Expected "\}"|^Legacy octal/.test(words)) return undefined;
  const line = lineAt(text, offset);
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  for (const [pattern, what] of BARE)
    for (const found of line.matchAll(pattern)) {
      const from = start + found.index + found[1]!.length;
      const end = from + found[2]!.length;
      if (offset < from || offset > end) continue;
      return {
        message: `\`${found[2]}\` ${what}, and stands without quotes`,
        help: `write \`'${found[2]}'\``,
        start: from,
        end,
      };
    }
  return undefined;
};
const BARE: readonly (readonly [RegExp, string])[] = [
  [/([:([,]\s*)((?:[\d*][\d*/,-]*[ \t]+){4,6}[\d*?][\w*/,#?-]*)/g, 'is a cron'],
  [/([:([,]\s*)(\d{1,2}:\d{2}(?::\d{2})?)(?!\w)/g, 'is a time'],
  [/([:([,]\s*)(\d{4}-\d{2}-\d{2})(?!\w)/g, 'is a day'],
  [/([:([,]\s*)(\d+[a-zA-Z]\w*)/g, 'is a text'],
];

const template: Rule = ({ text, offset, found }) =>
  found === '$' && text[offset + 1] === '{'
    ? {
        message: '`${…}` stands outside of a text',
        help: "write the script between quotes: `shell('echo ${bizdate}')`",
        end: offset + 2,
      }
    : undefined;

/** `title: 'it's'`. */
const endedText: Rule = ({ text, offset, found, words }) => {
  const quote = text[offset - 1] ?? '';
  if (!/^Expected "[}\])]"/.test(words) || !/['"]/.test(quote) || !/^\w/.test(found)) return undefined;
  return {
    message: `a text ends at the ${quote} before \`${found}\``,
    label: 'ends the text',
    help: `close the text before it, or write \`\\${quote}\` for a ${quote} inside a text`,
    start: offset - 1,
    end: offset,
  };
};

const escaped: Rule = ({ text, offset, words }) => {
  const [, written] = /(\\[ux][0-9a-fA-F{]*)$/.exec(text.slice(0, offset)) ?? [];
  if (!/^Syntax error/.test(words) || written === undefined) return undefined;
  return {
    message: `\`${written}\` is no escape`,
    help: 'write `\\\\` for a backslash',
    start: offset - written.length,
    end: offset,
  };
};

const comment: Rule = ({ text, offset, words }) => {
  if (!/^Syntax error/.test(words) || text[offset - 1] !== '#') return undefined;
  return {
    message: 'a line begins with `#`',
    label: 'no sign of TypeScript',
    help: 'a comment begins with `//`',
    start: offset - 1,
    end: offset,
  };
};

export const TEXT_RULES: readonly Rule[] = [unclosedText, regular, bareText, template, endedText, escaped, comment];
