/** Longer texts are shortened: they stand in a message. */
const MOST = 60;
/** Deeper values, and more members, are not written: an alias may stand for a value without end. */
const DEPTH = 3;
const MEMBERS = 8;

/** A value as its author would write it on one line, in the language of `file`; `…` where it is too much for a line. */
export function inline(value: unknown, file: string): string {
  const text = write(value, file.endsWith('.ts') ? quoted : plainOrQuoted, DEPTH);
  return text.length > MOST ? '…' : text;
}

function write(value: unknown, text: (value: string) => string, depth: number): string {
  if (typeof value === 'string') return value.length > MOST ? '…' : text(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (depth === 0 || entries.length > MEMBERS) return '…';
  if (Array.isArray(value)) return `[${value.map((one) => write(one, text, depth - 1)).join(', ')}]`;
  return `{ ${entries.map(([key, one]) => `${key}: ${write(one, text, depth - 1)}`).join(', ')} }`;
}

const quoted = (value: string): string =>
  value === '…' ? value : `'${value.replace(/['\\]/g, '\\$&').replace(/\n/g, '\\n')}'`;

/** Words that need no quotes in YAML, also not between brackets. */
const plainOrQuoted = (value: string): string =>
  value === '…' || (/^[A-Za-z./][\w./-]*$|^\d+[a-z]$/.test(value) && !/^(true|false|null|yes|no)$/i.test(value))
    ? value
    : JSON.stringify(value);

/** One thing, or several between commas, as a list. */
export function listed(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [value];
  return value.split(/[,;，、\s]+/).filter((part) => part !== '');
}
