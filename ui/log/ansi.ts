import Anser from 'anser';

export type Piece = Readonly<{
  text: string;
  colour: string | null;
  back: string | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}>;

/** A line cut into pieces of one look. Text stays text: nothing of a log ever becomes HTML. */
export function piecesOf(line: string): readonly Piece[] {
  if (!line.includes('\u001b')) return [plain(line)];
  return Anser.ansiToJson(line, { remove_empty: true, use_classes: true }).map((part) => ({
    text: part.content,
    colour: part.fg,
    back: part.bg,
    bold: part.decorations.includes('bold'),
    dim: part.decorations.includes('dim'),
    italic: part.decorations.includes('italic'),
    underline: part.decorations.includes('underline'),
  }));
}

const plain = (text: string): Piece => ({
  text,
  colour: null,
  back: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
});

/** The part `[start, end)` of a line, counted in letters that are seen. */
export function slicePieces(pieces: readonly Piece[], start: number, end: number): readonly Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, piece.text.length);
    if (to > from) out.push({ ...piece, text: piece.text.slice(from, to) });
    at += piece.text.length;
  }
  return out;
}
