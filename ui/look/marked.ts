/** A stretch of a text: `offset` and `length` in UTF-16 units. */
type Stretch = Readonly<{ offset: number; length: number }>;

/** The text in parts, in order, those of the stretches marked; stretches are apart from each other and ascending. */
export function marked(
  text: string,
  stretches: readonly Stretch[],
): readonly Readonly<{ offset: number; text: string; isMarked: boolean }>[] {
  let done = 0;
  const parts = stretches.flatMap(({ offset, length }) => {
    const before = { offset: done, text: text.slice(done, offset), isMarked: false };
    done = offset + length;
    return [before, { offset, text: text.slice(offset, done), isMarked: true }];
  });
  return [...parts, { offset: done, text: text.slice(done), isMarked: false }].filter((part) => part.text !== '');
}
