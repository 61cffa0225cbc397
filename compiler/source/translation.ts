import type { Finding } from '../check/diagnostic.js';
import type { Feed } from './feed.js';
import type { Given, Kept } from './kept.js';
import type { Script, Translated } from './translate.js';

/**
 * So many files are with the translator beyond the one that is fed next: enough for it to have work always, few enough for its answers to come
 * nearly in order. Given ten thousand at once it answers them all at the end, with a hundred times the memory, and the sandbox waits until then.
 */
const AHEAD = 64;

export type Translating = Readonly<{
  feed: Feed;
  files: readonly string[];
  kept: Kept;
  /** Filled with what is known already. */
  given: Map<string, Given>;
  /** Filled with the scripts of each file that is to be evaluated, its helpers behind it. */
  scripts: Map<string, readonly Script[]>;
  /** Filled with those of every file, also of those that are known already. */
  reachedBy: Map<string, readonly Script[]>;
  findings: Finding[];
}>;

/** Feeds the files in their order, each after the helpers it reaches; what cannot be translated is a finding, once, and whoever reaches it is left out. */
export async function translateInto({
  feed,
  files,
  kept,
  given,
  scripts,
  reachedBy,
  findings,
}: Translating): Promise<void> {
  const known = new Map<string, Reached>();
  const scriptOf = async (file: string): Promise<Reached> => {
    const before = known.get(file);
    if (before) return before;
    const made = await kept.translate(file);
    const reached = 'code' in made ? kept.script(file, made) : made;
    known.set(file, reached);
    return reached;
  };
  const told = new Set<string>();
  const ahead = new Ahead(files, kept);
  try {
    for (const [i, file] of files.entries()) {
      const same = kept.unchanged(file);
      if (same) {
        reachedBy.set(file, same.scripts);
        given.set(file, same.given);
        continue;
      }
      ahead.to(i + AHEAD);
      const reached = await reach(file, scriptOf);
      const broken = reached.filter(([, made]) => 'findings' in made);
      for (const [path, made] of broken) if ('findings' in made && !told.has(path)) findings.push(...made.findings);
      for (const [path] of broken) told.add(path);
      if (broken.length > 0) continue;
      const all = reached.flatMap(([, made]) => ('code' in made ? [made] : []));
      reachedBy.set(file, all);
      const before = kept.given(file, all);
      if (before) given.set(file, before);
      else {
        scripts.set(file, all);
        for (const helper of all.slice(1)) if (!told.has(helper.file)) feed.addHelper(helper);
        for (const helper of all.slice(1)) told.add(helper.file);
        feed.addFile(all[0]!);
      }
    }
    feed.end();
  } catch (error) {
    feed.fail();
    throw error;
  }
}

type Reached = Script | Readonly<{ findings: readonly Finding[] }>;

/** A file and every helper it reaches, itself first. */
async function reach(
  entry: string,
  scriptOf: (file: string) => Promise<Reached>,
): Promise<readonly (readonly [string, Reached])[]> {
  const reached: (readonly [string, Reached])[] = [];
  const seen = new Set([entry]);
  for (const file of seen) {
    const made = await scriptOf(file);
    reached.push([file, made]);
    for (const one of 'imports' in made ? Object.values(made.imports) : []) if ('file' in one) seen.add(one.file);
  }
  return reached;
}

/** Asks for translations before they are needed, those of helpers as soon as a file that imports them is known. */
class Ahead {
  readonly #files: readonly string[];
  readonly #kept: Kept;
  readonly #helpers = new Set<string>();
  #next = 0;

  constructor(files: readonly string[], kept: Kept) {
    this.#files = files;
    this.#kept = kept;
  }

  /** The first `count` files are with the translator, or known. */
  to(count: number): void {
    for (const most = Math.min(count, this.#files.length); this.#next < most; this.#next++) {
      const file = this.#files[this.#next]!;
      if (!this.#kept.translated(file)) this.#begin(file);
    }
  }

  /** That one could not be translated is for whoever asks for it again. */
  #begin(file: string): void {
    this.#kept
      .translate(file)
      .then((made) => this.#beginHelpers(file, made))
      .catch(() => undefined);
  }

  #beginHelpers(file: string, made: Translated): void {
    if ('findings' in made) return;
    for (const one of Object.values(this.#kept.script(file, made).imports)) {
      if (!('file' in one) || this.#helpers.has(one.file)) continue;
      this.#helpers.add(one.file);
      this.#begin(one.file);
    }
  }
}
