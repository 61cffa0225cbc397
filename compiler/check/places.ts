import type { DraftJob } from '../manifest/draft.js';
import type { At } from './diagnostic.js';

/** Where a job is defined: its key among several, else its file. */
export const nearestPlace = ({ file, root }: DraftJob): At =>
  root.length > 0 ? { file, path: root, on: 'key' } : { file };
