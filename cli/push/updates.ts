/** One ref that a push changes, as git tells a hook: `old new ref`. */
export type Update = Readonly<{ kind: 'create' | 'move' | 'delete'; old: string; new: string; ref: string }>;

const LINE = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S+)$/;
const isNone = (hash: string): boolean => /^0+$/.test(hash);

/** Reads the standard input of `pre-receive` or `post-receive`; lines that are none are left out. */
export function readUpdates(input: string): readonly Update[] {
  return input.split('\n').flatMap((line) => {
    const [, before, after, ref] = LINE.exec(line.trim()) ?? [];
    if (before === undefined || after === undefined || ref === undefined) return [];
    return [{ kind: isNone(after) ? 'delete' : isNone(before) ? 'create' : 'move', old: before, new: after, ref }];
  });
}

/** The options of `git push -o OPTION`, from the hook's environment. */
export function pushOptions(env: Readonly<Record<string, string | undefined>>): ReadonlySet<string> {
  const count = Number(env.GIT_PUSH_OPTION_COUNT ?? 0);
  return new Set(Array.from({ length: Math.min(count, 100) }, (_, i) => env[`GIT_PUSH_OPTION_${i}`] ?? ''));
}
