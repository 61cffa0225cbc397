import stringWidth from 'string-width';

const TAB = '    ';
const ELLIPSIS = '…';

/** Columns of a terminal, not letters: a Chinese letter takes two. */
export const widthOf = (text: string): number => stringWidth(text);

/**
 * A line of an author's file as a terminal may show it: tabs as four spaces, and what would move the cursor, turn the direction of the line or
 * stay invisible as a letter that can be seen. Cut anywhere, its parts show what they show as a whole.
 */
export function shown(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u061c\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (letter) => {
      const code = letter.charCodeAt(0);
      if (letter === '\t') return TAB;
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '␡' : '�';
    },
  );
}

/** The columns of a line that are shown: `[from, to)`; the text, with `…` where something was cut. */
export type Window = Readonly<{ text: string; from: number; to: number }>;

/** So much of a line as fits into `room` columns, around the column `focus`; alignment is kept where a wide letter is cut in two. */
export function windowOf(text: string, focus: number, room: number): Window {
  const whole = widthOf(text);
  if (whole <= room) return { text, from: 0, to: Number.POSITIVE_INFINITY };
  // A third of the room stands before what is marked, unless the line ends there.
  const from = Math.max(0, Math.min(focus - Math.floor(room / 3), whole - room));
  const to = from + room;
  let column = 0;
  let line = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const width = widthOf(segment);
    if (column >= from && column + width <= to) line += segment;
    else line += ' '.repeat(Math.max(0, Math.min(column + width, to) - Math.max(column, from)));
    column += width;
  }
  const head = from > 0 ? cutHead(line) : line;
  return { text: to < whole ? cutTail(head) : head, from, to };
}

/** The first letter, or the last, gives its columns to `…`. */
function cutHead(line: string): string {
  const [first] = new Intl.Segmenter().segment(line);
  const width = first ? widthOf(first.segment) : 0;
  return ELLIPSIS + ' '.repeat(Math.max(0, width - 1)) + line.slice(first?.segment.length ?? 0);
}

function cutTail(line: string): string {
  const last = [...new Intl.Segmenter().segment(line)].at(-1);
  return line.slice(0, last?.index ?? 0) + ELLIPSIS;
}

/** A text in lines of at most `room` columns, broken at spaces where there are some. */
export function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
