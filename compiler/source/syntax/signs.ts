// Brackets, commas and other signs between the words: those that are missing, too many or other ones than meant.
import { before, DEFINITION, type Mistake, type Rule, shown } from './mistake.js';
import { CLOSES } from './open-signs.js';

/** What opened last does not fit what stands here. */
const unclosed: Rule = (mistake) => {
  const { open, found, text, offset } = mistake;
  const top = open.at(-1);
  if (!top) {
    if (!isClosing(found)) return undefined;
    return { message: `${shown(found)} closes nothing`, label: 'nothing is open here', help: 'remove it' };
  }
  const close = CLOSES[top.sign];
  if (text.slice(offset).trim() === '')
    return {
      message: `${shown(top.sign)} is not closed`,
      label: 'never closed',
      help: `close it with ${shown(close)}`,
      start: top.offset,
      end: top.offset + 1,
    };
  if (!isBeyond(mistake, close)) return undefined;
  return {
    message: `${shown(top.sign)} is not closed before ${shown(found)}`,
    label: `${shown(close)} is missing before this`,
    help: `close it with ${shown(close)}${isClosing(found) ? `, or remove ${shown(found)}` : ''}`,
    notes: [{ message: `${shown(top.sign)} is opened here`, offset: top.offset }],
  };
};

const isClosing = (found: string): boolean => found !== '' && ')]}'.includes(found);

/** Whether what stands here can only stand behind what is open. */
function isBeyond({ found, words, text, offset }: Mistake, close: string): boolean {
  if (isClosing(found)) return found !== close;
  if (!words.startsWith(`Expected "${close}"`)) return false;
  // `{ title: 'a'; run: … }` goes on.
  if (found === ';') return !/^;\s*[\w$'"]+\s*:/.test(text.slice(offset, offset + 200));
  return found === ':' || found === '{' || (found === 'from' && close === '}');
}

const semicolon: Rule = ({ found, words, open }) =>
  found === ';' && /^Expected "[}\])]"/.test(words) && open.length > 0
    ? {
        message: '`;` stands where `,` is meant',
        help: 'write `,`: fields of a record and items of a list are separated by it',
      }
    : undefined;

/** `machine-group: 'a'`. */
const dashed: Rule = (mistake) => {
  const { found, words, text, offset } = mistake;
  const [name] = /[A-Za-z_]\w*$/.exec(before(mistake)) ?? [];
  const [rest] = /^(?:-\w+)+(?=\s*:)/.exec(text.slice(offset)) ?? [];
  if (found !== '-' || !/^Expected "\}"/.test(words) || name === undefined || rest === undefined) return undefined;
  return {
    message: `\`${name}${rest}\` is no name: it holds a \`-\``,
    help: `write it between quotes, \`'${name}${rest}'\`; fields of the language have none`,
    start: before(mistake).length - name.length,
    end: offset + rest.length,
  };
};

const missingComma: Rule = (mistake) => {
  const { found, words, open } = mistake;
  const top = open.at(-1)?.sign;
  if (!/^Expected "[}\])]"/.test(words) || !/^[\w$'"`[{(]/.test(found) || (top !== '{' && top !== '[' && top !== '('))
    return undefined;
  const end = before(mistake).length;
  return {
    message: `a \`,\` is missing before ${shown(found)}`,
    label: '`,` is missing behind this',
    help: 'write `,` between two fields, items or arguments',
    start: end - 1,
    end,
  };
};

const twoCommas: Rule = (mistake) => {
  const { found, words } = mistake;
  if (found !== ',' || !/^Unexpected|^Expected identifier/.test(words)) return undefined;
  const last = before(mistake).at(-1);
  if (last === ':' || last === '=')
    return {
      message: `a value is missing behind \`${last}\``,
      label: 'in place of a value',
      help: 'write the value, or remove the field',
    };
  return { message: '`,` stands where a field is expected', help: 'remove one `,`' };
};

const equals: Rule = (mistake) => {
  const { found, words, text, offset, open } = mistake;
  if (found !== '=' || !/^Unexpected|^Expected/.test(words)) return undefined;
  if (/\bexport\s+default$/.test(before(mistake)))
    return { message: 'a `=` stands behind `export default`', help: `write ${DEFINITION}` };
  const [name] = /[\w$]+$/.exec(before(mistake)) ?? [];
  if (open.at(-1)?.sign !== '{' || name === undefined || text[offset + 1] === '>') return undefined;
  return { message: `\`=\` stands behind the field \`${name}\``, help: `write \`${name}: …\`` };
};

const arrow: Rule = ({ text, offset, found }) =>
  found === '>' && /=\s+$/.test(text.slice(Math.max(0, offset - 10), offset))
    ? { message: '`=` and `>` stand apart', help: 'write `=>`' }
    : undefined;

export const SIGN_RULES: readonly Rule[] = [unclosed, semicolon, dashed, missingComma, twoCommas, equals, arrow];
