// Words of strangers (titles, subjects, names of branches, hosts and files) are shown on terminals, in logs and on pages. What in them is no
// letter but would act (move a cursor, rename a window, end a line, turn the direction of what follows) is spelled out, so that it can be read.

/** Controls (C0, DEL, C1), halves of letters, line separators, marks that turn the direction of a line, and the byte order mark. */
const ACTS = '\\p{Cc}\\p{Cs}\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff';

/** What is spelled out, for use inside of a larger pattern with the flag `u`. */
export const ACTING = `[${ACTS}]`;

const acting = new RegExp(ACTING, 'gu');

/** `\u001b` for the escape character; half a letter has no other spelling either. */
export const spelling = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text on one line in which nothing acts: a line break becomes a space, every other such character its spelling. */
export const spelledOut = (text: string): string =>
  text.replace(acting, (letter) => (letter === '\n' ? ' ' : spelling(letter)));

/** JSON in which nothing acts on a terminal either: the same value, its strings spelled with `\u` where JSON itself asks for none. */
export const jsonText = (value: unknown, indent = 2): string =>
  JSON.stringify(value, null, indent).replace(acting, (letter) => (letter === '\n' ? letter : spelling(letter)));
