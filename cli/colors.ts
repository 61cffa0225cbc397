import pc from 'picocolors';
import { ACTING, spelling } from '../compiler/check/spelling.js';

// Colours are the only thing that the command line says to a terminal in escape sequences, and strangers write most of what it prints. So that
// nobody but us can colour, a colour of ours is a mark that holds a number of this process; on the way out marks become colours, and every
// other escape is spelled out. A mark is itself a well-formed sequence of no width, so that columns can be measured before that.

export type Colors = ReturnType<typeof pc.createColors>;

/** Three numbers that no stranger can guess, in the four digits that a parameter may have. */
const SECRET = [...crypto.getRandomValues(new Uint16Array(3))].map((n) => 1000 + (n % 9000)).join(';');
const MARK = `\\u001b\\[(\\d+);${SECRET}m`;
const acting = new RegExp(`${MARK}|${ACTING}`, 'gu');

const ESCAPE = '\u001b';
const color = new RegExp(`${ESCAPE}\\[(\\d+)m`, 'g');

const marked = (text: string): string => text.replace(color, `\u001b[$1;${SECRET}m`);

type Paint = (text: string | number | null | undefined) => string;

/** Functions that colour a text, or leave it as it is. Only `outgoing` makes their colours real. */
export function createColors(isEnabled: boolean): Colors {
  const plain = pc.createColors(isEnabled);
  if (!isEnabled) return plain;
  const paints = Object.entries(plain).map(([name, paint]) => [
    name,
    typeof paint === 'function' ? marking(paint) : paint,
  ]);
  return Object.fromEntries(paints) as Colors;
}

/** Inside of a colour, another one's end is the beginning of the outer one again. */
function marking(paint: Paint): Paint {
  const [open = '', close = ''] = marked(paint('\0')).split('\0');
  return (text) => `${open}${String(text).replaceAll(close, `${close}${open}`)}${close}`;
}

/**
 * Makes the colours of a text ours. For what the compiler has drawn, which has spelled out its authors' words itself; nothing else may come here.
 */
export const ourOwn = marked;

/** A part of a line in which nothing acts but our colours, still as marks: what it takes on the screen can be measured. */
export const inert = (text: string): string =>
  text.replace(acting, (found: string, code?: string) => (code === undefined ? spelt(found) : found));

/** A line as it may go to a terminal, a pipe or a log: our colours, and letters. A line break in it is a space: one line stays one line. */
export const outgoing = (line: string): string =>
  line.replace(acting, (found: string, code?: string) => (code === undefined ? spelt(found) : `\u001b[${code}m`));

const spelt = (letter: string): string => (letter === '\n' || letter === '\t' ? ' ' : spelling(letter));
