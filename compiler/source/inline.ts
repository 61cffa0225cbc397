/** Longer texts are shortened: they stand in a message. */
const MOST = 60;

/** A value as its author would write it on one line, in the language of `file`. */
export function inline(value: unknown, file: string): string {
  const text = write(value, file.endsWith('.ts') ? quoted : plainOrQuoted);
  return text.length > MOST ? '…' : text;
}

function write(value: unknown, text: (value: string) => string): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map((one) => write(one, text)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${key}: ${write(one, text)}`)
    .join(', ')} }`;
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
