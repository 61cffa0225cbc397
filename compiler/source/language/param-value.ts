import { parsePeriod } from '../../calendar/index.js';

export type ParamType = 'string' | 'int' | 'number' | 'boolean' | 'date' | 'enum';

/** What is known of a parameter's values; `values`: of an `enum`. */
type Typed = Readonly<{ type: ParamType; values: readonly string[] }>;

/**
 * What a parameter takes, in words, where a text is none of it; undefined where it is. A text with a template is known only when it is rendered,
 * and is taken.
 */
export function expectedInstead(text: string, param: Typed): string | undefined {
  if (text.includes('${') || isOfType(text, param)) return undefined;
  return param.type === 'enum' ? `one of ${param.values.map((one) => `\`${one}\``).join(', ')}` : EXPECTS[param.type];
}

const EXPECTS = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  date: 'a day such as `2026-01-31`',
};

function isOfType(text: string, { type, values }: Typed): boolean {
  switch (type) {
    case 'string':
      return true;
    case 'int':
      return /^[+-]?\d{1,15}$/.test(text);
    case 'number':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text);
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && parsePeriod(text, 'UTC') !== undefined;
    case 'enum':
      return values.includes(text);
    default:
      return type satisfies never;
  }
}
