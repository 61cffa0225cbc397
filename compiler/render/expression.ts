import { isMove, type Move, parseMove } from './moves.js';

/** What one `${…}` is, `length` characters from its dollar sign to its closing brace. */
export type Expression = Readonly<{ length: number }> &
  (
    | Readonly<{ kind: 'name'; name: string }>
    | Readonly<{ kind: 'date'; moves: readonly Move[]; format: string }>
    | Readonly<{ kind: 'zdt'; source: string }>
    | Readonly<{ kind: 'stranger'; name: string }>
    | Readonly<{ kind: 'broken'; message: string; help: string }>
  );

const NAME = /\$\{(needs\.[A-Za-z0-9._/-]+|[A-Za-z_][A-Za-z0-9_.]*)\}/y;
const DATE = /\$\{date((?:\.[A-Za-z]+|[+-]\d{1,5}[A-Za-z])*):(?=[A-Za-z'])((?:'[^'\n]*'|[^'}\n])*)\}/y;
const OPEN_QUOTE = /\$\{date(?:\.[A-Za-z]+|[+-]\d{1,5}[yMwdhms])*:(?=[A-Za-z'])[^}\n]*\}?/y;
const ZDT = /\$\{zdt([^}\n]*)\}/y;
/** No expression is longer: whatever a text holds, each of its dollar signs costs no more than this. */
const MAX_LENGTH = 1024;

/**
 * The expression that begins with the `${` at `offset`, or undefined when it is the shell's own (E1): `${x:-5}`,
 * `${date:0:4}`, `${#x}`, `${hiveconf:x}` and all that is neither a plain name nor a date with a format.
 */
export function expressionAt(text: string, offset: number): Expression | undefined {
  const near = text.slice(offset, offset + MAX_LENGTH);
  const [name, date, zdt] = [match(NAME, near), match(DATE, near), match(ZDT, near)];
  if (name) return { kind: 'name', name: name[1] as string, length: name[0].length };
  if (date) return dateExpression(date);
  if (zdt) return { kind: 'zdt', source: zdt[1] as string, length: zdt[0].length };
  const open = match(OPEN_QUOTE, near);
  if (!open?.[0].includes("'")) return undefined;
  const help = "write `''` for a quote, and close text with `'`";
  return { kind: 'broken', message: `a quote in \`${open[0]}\` is not closed`, help, length: open[0].length };
}

/** A move that is none leaves the expression to the shell: `${date-1x:abc}` is a default value there. */
function dateExpression(found: RegExpExecArray): Expression | undefined {
  const [whole, moves = '', format = ''] = found;
  const words = moves.match(/\.[A-Za-z]+|[+-]\d+[A-Za-z]/g) ?? [];
  const strange = words.find((word) => !isMove(word));
  if (strange?.startsWith('.')) return { kind: 'stranger', name: `date${strange}`, length: whole.length };
  if (strange) return undefined;
  return { kind: 'date', moves: words.map(parseMove), format, length: whole.length };
}

function match(pattern: RegExp, text: string): RegExpExecArray | null {
  pattern.lastIndex = 0;
  return pattern.exec(text);
}
