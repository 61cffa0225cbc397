/** Signs that a Chinese keyboard writes for those of code: `：`, `，`, `“”`, `（）`, full-width digits and the ideographic space. */
export const FULL_WIDTH = /[\u3000-\u3002\u300c\u300d\u2018\u2019\u201c\u201d\uff01-\uff5e]/;

const QUOTES: Readonly<Record<string, string>> = {
  '\u201c': '"',
  '\u201d': '"',
  '\u2018': "'",
  '\u2019': "'",
  '\u300c': '"',
  '\u300d': '"',
  '\u3001': ',',
  '\u3002': '.',
};

/** The text with the signs that are meant. */
export const halfWidth = (text: string): string =>
  text.replace(/[\u2018\u2019\u201c\u201d\u300c\u300d\u3001\u3002]/g, (sign) => QUOTES[sign]!).normalize('NFKC');
