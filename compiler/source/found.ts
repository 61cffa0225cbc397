import type { Place } from '../check/diagnostic.js';

/** What is looked for in a file: a value, or its name, or a part of its text. */
export type Sought = Readonly<{
  path: readonly (string | number)[];
  on: 'key' | 'value';
  within?: Readonly<{ offset: number; length: number }> | undefined;
}>;

/** Where it stands. */
export type Found = Readonly<{
  place: Place;
  /** The value is not written anywhere in this file: this is the nearest place to it. */
  computed: boolean;
  /** The value is written apart (a variable, an anchor) and used here. */
  usedAt?: Place | undefined;
}>;
