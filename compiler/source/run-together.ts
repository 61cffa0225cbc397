import { halfWidth } from './full-width.js';
import { inline } from './inline.js';

/** An unknown name where it stands, with its value and the names that are known there. */
type Unknown = Readonly<{ key: string; value: unknown; names: readonly string[]; file: string }>;

/** Longer lines are not written out: they stand in a message. */
const MOST = 60;

/**
 * A field and what stands in it, written as one name: `run.shell: x`; or `run：{ shell: x }`, where YAML sees its first colon behind `shell`.
 * The field that is meant and the text to write instead.
 */
export function runTogether({
  key,
  value,
  names,
  file,
}: Unknown): Readonly<{ field: string; help: string }> | undefined {
  const [, field, sign] = /^(\w+)\s*([.：])/.exec(key) ?? [];
  if (field === undefined || !names.includes(field)) return undefined;
  if (sign === '：') return { field, help: `\`：\` is a full-width sign: write \`${field}: ${behind(key, value)}\`` };
  const inner = key.split('.').slice(1);
  const nested = inner.reduceRight<unknown>((held, name) => ({ [name]: held }), value);
  return { field, help: `names do not reach into records: write \`${field}: ${inline(nested, file)}\`` };
}

/** What the author wrote behind the full-width colon. */
function behind(key: string, value: unknown): string {
  const line = `${halfWidth(key.slice(key.indexOf('：') + 1)).trim()}: ${String(value)}`;
  return typeof value === 'object' || line.length > MOST ? '…' : line;
}
