/** A stretch of a text, in UTF-16 units. */
export type Place = Readonly<{ offset: number; length: number }>;

/** A fault of a template: its place marks the expression in the rendered text, also when a variable's value is at fault. */
export type RenderProblem = Place & Readonly<{ kind: 'cycle' | 'expression'; message: string; help: string }>;

/** A name nobody defines, left as it stands; `inside` is the variable whose value holds it. */
export type UnknownName = Place & Readonly<{ name: string; inside?: string }>;

/** A text with its expressions replaced. `now`: the stretches of `text` that come from the real time of the attempt, not from its period. */
export type Expanded = Readonly<{
  text: string;
  problems: readonly RenderProblem[];
  unknown: readonly UnknownName[];
  now: readonly Place[];
}>;

/** No rendered text or value may grow beyond this many characters. */
export const MAX_LENGTH = 4 * 1024 * 1024;

export const TOO_LONG = { message: 'the text grows beyond 4 MiB', help: 'use fewer or shorter values' } as const;

/** A cycle of names, drawn from its smallest: `a → b → a`. */
export function drawCycle(members: readonly string[]): string {
  const smallest = members.indexOf(members.toSorted()[0] as string);
  return [...members.slice(smallest), ...members.slice(0, smallest), members[smallest]].join(' → ');
}
