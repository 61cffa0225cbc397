/** A value in the parentheses of a call. */
export type Argument = string | number;

/** One step of a chain: `.addDay(-1)` is a call, `.time` a property (`arguments` undefined). */
export type Step = Readonly<{ name: string; args: readonly Argument[] | undefined }>;

/** What stands between `${zdt` and `}`, read; or why it cannot be. */
export type ZdtChain = Readonly<{ steps: readonly Step[] }> | Unread;
type Unread = Readonly<{ message: string; help: string }>;

const NAME = /\.([A-Za-z_][A-Za-z0-9_]*)/y;
const OPEN = /\([ \t]*/y;
const VALUE = /"[^"\n]*"|'[^'\n]*'|-?\d+(?![\d.A-Za-z_])/y;
const AFTER = /[ \t]*([,)])[ \t]*/y;

const HELP = 'write methods as in `${zdt.addDay(-1).format("yyyyMMdd")}`: whole numbers, and texts in quotes';

/**
 * Reads `.addDay(-1).format("yyyyMMdd")`, all of it or nothing. Only names, whole numbers and texts exist; spaces may stand inside
 * parentheses, as in the old scheduler. Source: reference of Hera's dialect, from its Velocity 1.5.
 */
export function parseZdt(source: string): ZdtChain {
  const steps: Step[] = [];
  let at = 0;
  while (at < source.length) {
    const name = matchAt(NAME, source, at);
    if (!name) return unread(source, at);
    at += name[0].length;
    const read = source[at] === '(' ? readArguments(source, at) : { args: undefined, end: at };
    if ('message' in read) return read;
    steps.push({ name: name[1] as string, args: read.args });
    at = read.end;
  }
  return { steps };
}

/** What stands in the parentheses that open at `from`, and where they have closed. */
function readArguments(source: string, from: number): Readonly<{ args: readonly Argument[]; end: number }> | Unread {
  const args: Argument[] = [];
  let at = from + (matchAt(OPEN, source, from) as RegExpExecArray)[0].length;
  if (source[at] === ')') return { args, end: at + 1 };
  for (;;) {
    const value = matchAt(VALUE, source, at);
    if (!value) return unread(source, at);
    const argument = argumentOf(value[0]);
    if (typeof argument === 'object') return argument;
    args.push(argument);
    at += value[0].length;
    const after = matchAt(AFTER, source, at);
    if (!after) return unread(source, at);
    // Blanks after the parenthesis are outside, and no part of the chain.
    if (after[1] === ')') return { args, end: at + after[0].trimEnd().length };
    at += after[0].length;
  }
}

function argumentOf(written: string): Argument | Unread {
  const quote = written[0];
  if (quote !== '"' && quote !== "'") {
    const number = Number(written);
    if (Math.abs(number) < 2 ** 31) return number;
    return { message: `${written} is no number that the old scheduler could read`, help: 'write a smaller one' };
  }
  const text = written.slice(1, -1);
  const meant = text.includes('##') ? '`##`' : quote === '"' && /\$!?\{?[A-Za-z_]/.test(text) ? '`$`' : undefined;
  if (meant === undefined) return text;
  const message = `${meant} in ${written} meant something to the old scheduler, a comment or a variable`;
  return { message, help: 'write the date without it, and the rest outside of the braces' };
}

function unread(source: string, at: number): Unread {
  const rest = source.slice(at, at + 40);
  return { message: rest === '' ? 'it ends too early' : `\`${rest}\` cannot be read`, help: HELP };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
