import type { Expanded } from '../render/index.js';
import type { EngineOptions } from './manifest.js';

// The fields of an engine are texts, lists of texts and texts by name. Each text is a template of its own, named `queue`, `init.0` or
// `conf.spark.sql.shuffle.partitions`.

type Value = string | readonly string[] | Readonly<Record<string, string>>;

/** Every text of an engine's fields, by name. */
export function textsOfOptions(options: EngineOptions | undefined): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [field, value] of Object.entries(options ?? {}) as [string, Value][])
    if (typeof value === 'string') texts.set(field, value);
    else for (const [key, text] of Object.entries(value)) texts.set(`${field}.${key}`, text);
  return texts;
}

/** The same fields with their texts replaced by those that were made of them. */
export function optionsOf(
  options: EngineOptions | undefined,
  made: ReadonlyMap<string, Pick<Expanded, 'text'>>,
): EngineOptions {
  const entries = (Object.entries(options ?? {}) as [string, Value][]).map(([field, value]) => {
    if (typeof value === 'string') return [field, made.get(field)!.text];
    const texts = Object.keys(value).map((key) => [key, made.get(`${field}.${key}`)!.text] as const);
    return [field, Array.isArray(value) ? texts.map(([, text]) => text) : Object.fromEntries(texts)];
  });
  return Object.fromEntries(entries);
}
