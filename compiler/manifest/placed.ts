import type { At } from '../check/diagnostic.js';
import { placeAt } from '../source/locate.js';
import type { Draft } from './draft.js';
import { placesOf } from './inherit.js';
import type { Job } from './manifest.js';
import { type ResolvedField, resolvedFields } from './resolved.js';

/** A field with the line that gave it, both from 1; none for a built-in default. */
export type PlacedField = ResolvedField & Readonly<{ line: number | null; column: number | null }>;

/** Every field of a job of a draft, with the place that gave it. Files are parsed again for the places: this is for one job, not for an estate. */
export async function placedFields(draft: Draft, job: Job): Promise<readonly PlacedField[]> {
  const { file, root } = draft.byId.get(job.id)!;
  const places = placesOf(draft.byId.get(job.id)!, job.base === null ? undefined : draft.byId.get(job.base));
  const placed: PlacedField[] = [];
  for (const field of resolvedFields(job)) {
    const own: At | undefined = field.from === 'job' ? { file, path: [...root, field.field] } : undefined;
    const at = places.get(field.field) ?? own;
    const place = at && (await placeAt(draft.tree, at));
    placed.push({ ...field, line: place?.line ?? null, column: place?.column ?? null });
  }
  return placed;
}
