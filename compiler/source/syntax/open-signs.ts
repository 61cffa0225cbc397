/** A bracket, a quote or a comment that is open, and where it begins. */
export type OpenSign = Readonly<{ sign: '(' | '[' | '{' | "'" | '"' | '`' | '/*'; offset: number }>;

export const CLOSES: Readonly<Record<OpenSign['sign'], string>> = {
  '(': ')',
  '[': ']',
  '{': '}',
  "'": "'",
  '"': '"',
  '`': '`',
  '/*': '*/',
};

/** What is open in a script at an offset, from the outermost in. Texts, comments and regular expressions hold no brackets; a bracket that fits none is passed over. */
export function openSigns(text: string, until: number): readonly OpenSign[] {
  const open: OpenSign[] = [];
  for (let at = 0; at < until; at++) {
    const top = open.at(-1);
    if (top && isText(top)) at = insideText(text, at, top, open);
    else at = insideCode(text, at, open);
  }
  return open.filter(({ offset }) => offset < until);
}

const isText = ({ sign }: OpenSign): boolean => !'([{'.includes(sign);

function insideText(text: string, at: number, { sign }: OpenSign, open: OpenSign[]): number {
  if (sign !== '/*' && text[at] === '\\') return at + 1;
  if (sign === '`' && text.startsWith('${', at)) {
    open.push({ sign: '{', offset: at + 1 });
    return at + 1;
  }
  const isOver = text.startsWith(CLOSES[sign], at) || (text[at] === '\n' && (sign === "'" || sign === '"'));
  if (isOver) open.pop();
  return isOver ? at + CLOSES[sign].length - 1 : at;
}

const REGULAR = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y;

function insideCode(text: string, at: number, open: OpenSign[]): number {
  const letter = text[at]!;
  if (text.startsWith('//', at)) return endOfLine(text, at);
  if (text.startsWith('/*', at)) open.push({ sign: '/*', offset: at });
  else if ('([{\'"`'.includes(letter)) open.push({ sign: letter as OpenSign['sign'], offset: at });
  else if (')]}'.includes(letter) && open.length > 0 && CLOSES[open.at(-1)!.sign] === letter) open.pop();
  else if (letter === '/' && /(?:^|[(,=:[!&|?{};])\s*$/.test(text.slice(Math.max(0, at - 20), at))) {
    REGULAR.lastIndex = at;
    return at + Math.max(0, (REGULAR.exec(text)?.[0].length ?? 1) - 1);
  }
  return text.startsWith('/*', at) ? at + 1 : at;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
