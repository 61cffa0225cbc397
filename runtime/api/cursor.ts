import { invalid } from '../errors.js';

/** A place in a list, opaque to callers: `next` of one page is `cursor` of the next. */
export const printCursor = (fields: readonly string[]): string =>
  Buffer.from(JSON.stringify(fields)).toString('base64url');

/** Reads a cursor of `count` fields. Throws `invalid` for one that we have not printed. */
export function parseCursor(text: string, count: number): readonly string[] {
  try {
    const fields: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(fields) && fields.length === count && fields.every((field) => typeof field === 'string'))
      return fields;
  } catch {
    // Falls through to the refusal.
  }
  throw invalid('this is no cursor of this list', { help: 'leave `cursor` out to begin at the start' });
}
