/** An escape at a place of a literal: how many letters it has there, and how many it stands for. */
type Escape = Readonly<{ letters: number; means: number }> | null;
type EscapeAt = (raw: string, at: number) => Escape;

/**
 * Where a part of a text stands in the literal that an author wrote for it, as offsets into `raw`; undefined when they do not match. Folded lines,
 * indents, doubled quotes and escapes stand for other letters than themselves, so that counting would be wrong.
 */
export function partOfLiteral(
  raw: string,
  value: string,
  part: Readonly<{ offset: number; length: number }>,
  language: 'yaml' | 'typescript',
): Readonly<{ start: number; end: number }> | undefined {
  const { first, escapeAt } = language === 'yaml' ? yamlLiteral(raw) : { first: 1, escapeAt: typescriptEscape };
  const positions = align(raw, value, first, escapeAt);
  const start = positions?.[part.offset];
  const lastLetter = positions?.[part.offset + Math.max(1, part.length) - 1];
  if (!positions || start === undefined || lastLetter === undefined) return undefined;
  const escaped = escapeAt(raw, lastLetter);
  return { start, end: lastLetter + (escaped ? escaped.letters : 1) };
}

/** The offset in `raw` of every letter of `value`. */
function align(raw: string, value: string, first: number, escapeAt: EscapeAt): readonly number[] | undefined {
  const positions: number[] = [];
  let at = first;
  while (positions.length < value.length) {
    const letter = value[positions.length]!;
    const escaped = escapeAt(raw, at);
    if (escaped) {
      for (let i = 0; i < escaped.means; i++) positions.push(at);
      at += escaped.letters;
    } else if (raw[at] === letter) positions.push(at++);
    else if (/\s/.test(letter) && at <= raw.length) {
      // A line break that became a space, or one of several that became one.
      positions.push(at);
      if (/\s/.test(raw[at] ?? '')) at++;
    } else if (/\s/.test(raw[at] ?? '')) at++;
    else return undefined;
  }
  return positions;
}

function yamlLiteral(raw: string): Readonly<{ first: number; escapeAt: EscapeAt }> {
  if (raw.startsWith('"')) return { first: 1, escapeAt: yamlEscape };
  if (raw.startsWith("'"))
    return { first: 1, escapeAt: (text, at) => (text.startsWith("''", at) ? { letters: 2, means: 1 } : null) };
  // The content of a block begins behind the line of its header.
  const isBlock = /^[|>]/.test(raw);
  return { first: isBlock ? raw.indexOf('\n') + 1 : 0, escapeAt: () => null };
}

const HEX_LETTERS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function yamlEscape(raw: string, at: number): Escape {
  if (raw[at] !== '\\') return null;
  const kind = raw[at + 1] ?? '';
  if (/[\r\n]/.test(kind)) return { letters: /^\\\r?\n[ \t]*/.exec(raw.slice(at))?.[0].length ?? 2, means: 0 };
  const hex = HEX_LETTERS[kind];
  if (hex === undefined) return { letters: 2, means: 1 };
  const code = Number.parseInt(raw.slice(at + 2, at + 2 + hex), 16);
  return { letters: 2 + hex, means: code > 0xffff ? 2 : 1 };
}

function typescriptEscape(raw: string, at: number): Escape {
  if (raw[at] !== '\\') return null;
  const text = raw.slice(at, at + 12);
  const [braces, digits] = /^\\u\{([0-9a-fA-F]{1,8})\}/.exec(text) ?? [];
  if (braces !== undefined) return { letters: braces.length, means: Number.parseInt(digits!, 16) > 0xffff ? 2 : 1 };
  const [hex] = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/.exec(text) ?? [];
  if (hex !== undefined) return { letters: hex.length, means: 1 };
  const [broken] = /^\\(?:\r\n|[\n\r\u2028\u2029])/.exec(text) ?? [];
  return broken === undefined ? { letters: 2, means: 1 } : { letters: broken.length, means: 0 };
}
