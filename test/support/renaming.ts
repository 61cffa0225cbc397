// Random histories of an estate in which jobs are renamed, exchanged, removed and added, as an author would write them, and what must be true of
// each step: which job goes on which. A job's description is its name tag: it goes with it wherever it goes.

import fc from 'fast-check';

/** A job as the model knows it: who it is, whatever it is called. */
export type Known = Readonly<{ who: number; formerly: readonly string[]; text: string }>;

/** An estate: path to job. */
export type Estate = ReadonlyMap<string, Known>;

const PATHS = ['a', 'b', 'c', 'd', 'e', 'dw/a', 'dw/b'] as const;

/** What an author does in one commit: moves (a list of paths each job goes to), removals, additions, edits. */
export type Step = Readonly<{
  targets: readonly number[];
  remove: readonly boolean[];
  add: number;
  edit: readonly boolean[];
}>;

export const steps = fc.array(
  fc.record({
    targets: fc.array(fc.nat(PATHS.length * 3), { minLength: PATHS.length, maxLength: PATHS.length }),
    remove: fc.array(fc.constantFrom(false, false, false, false, false, true), {
      minLength: PATHS.length,
      maxLength: PATHS.length,
    }),
    add: fc.nat(3),
    edit: fc.array(fc.boolean(), { minLength: PATHS.length, maxLength: PATHS.length }),
  }),
  { minLength: 1, maxLength: 6 },
);

export const START: Estate = new Map(
  (['a', 'b', 'c', 'd'] as const).map((path, who) => [path, { who, formerly: [], text: 'first' }]),
);

/**
 * The estate after a step; `fresh` numbers new jobs. The author writes `formerly` where a job was renamed, and strikes out what the compiler
 * refuses: the name of a living job that has none itself, or a name that two jobs claim. A step that says nothing new is left out: exchanging
 * two jobs by the very words of the last exchange cannot be told from no exchange.
 */
export function take(estate: Estate, step: Step, fresh: () => number): Estate {
  const moved = new Map<string, { from: string; job: Known }>();
  const leaving = [...estate].filter((_, i) => !step.remove[i]);
  // The path of a job that is removed is not given to another in the same commit: the words would say that the job there goes on.
  const gone = new Set([...estate.keys()].filter((_, i) => step.remove[i]));
  const wanted = leaving.map(([path], i) => {
    const target = PATHS[step.targets[i]!] ?? path;
    return gone.has(target) ? path : target;
  });
  for (const [i, [path, job]] of leaving.entries()) {
    const target = wanted.filter((one) => one === wanted[i]).length === 1 ? wanted[i]! : path;
    moved.set(path, { from: target, job });
  }
  // Targets that meet a job that stays: nobody moves there.
  let again = true;
  while (again) {
    again = false;
    const taken = new Map<string, number>();
    for (const { from } of moved.values()) taken.set(from, (taken.get(from) ?? 0) + 1);
    for (const [path, to] of moved)
      if (to.from !== path && taken.get(to.from)! > 1) {
        moved.set(path, { ...to, from: path });
        again = true;
      }
  }
  const next = new Map<string, Known>();
  for (const [i, [path, { from: to, job }]] of [...moved].entries()) {
    const isRenamed = to !== path;
    const formerly = isRenamed ? [path, ...job.formerly.filter((name) => name !== to && name !== path)] : job.formerly;
    next.set(to, { ...job, formerly, text: step.edit[i] ? `${job.text}'` : job.text });
  }
  // A path of a job that is gone is taken again only in a later commit: in the same one it would be that job, changed.
  const free = PATHS.filter((path) => !next.has(path) && !estate.has(path));
  for (const path of free.slice(0, step.add)) next.set(path, { who: fresh(), formerly: [], text: 'new' });
  const clean = struck(next, new Map([...moved].map(([path, { from: to }]) => [to, path])));
  return isAmbiguous(estate, clean, moved) ? estate : clean;
}

/** Former names that the compiler takes: own renames of this commit stay, others only where they clash with nobody. */
function struck(next: ReadonlyMap<string, Known>, cameFrom: ReadonlyMap<string, string>): Estate {
  const claimed = new Set<string>();
  const own = new Map<string, string>();
  for (const path of next.keys()) {
    const from = cameFrom.get(path);
    if (from !== undefined && from !== path) {
      own.set(path, from);
      claimed.add(from);
    }
  }
  const kept = new Map<string, Known>();
  for (const [path, job] of next) {
    const others = job.formerly.filter((name) => {
      if (name === own.get(path) || name === path || claimed.has(name) || next.has(name)) return false;
      claimed.add(name);
      return true;
    });
    const first = own.get(path);
    kept.set(path, { ...job, formerly: first === undefined ? others : [first, ...others] });
  }
  return kept;
}

/** Whether a rename is written in words that stand there already, or a living job that is named lacks words of its own. */
function isAmbiguous(estate: Estate, next: Estate, moved: ReadonlyMap<string, Readonly<{ from: string }>>): boolean {
  for (const [path, { from: to }] of moved) {
    if (to === path) continue;
    if (estate.get(to)?.formerly.includes(path)) return true;
    if (next.has(path) && next.get(path)!.formerly.length === 0) return true;
  }
  return false;
}

/** The files of an estate, each job its tag in the description. */
export const filesOf = (estate: Estate): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...estate].map(([path, { who, formerly, text }]) => [
      `${path}.yaml`,
      `description: job ${who}, ${text}\nschedule: "0 0 * * *"\n${formerly.length > 0 ? `formerly: [${formerly.join(', ')}]\n` : ''}run: { shell: "true" }\n`,
    ]),
  );
