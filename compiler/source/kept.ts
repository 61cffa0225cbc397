import type { Finding } from '../check/diagnostic.js';
import { isSame } from '../manifest/made-once.js';
import type { Evaluated } from './evaluated.js';
import { type Import, resolveImport } from './imports.js';
import type { Outcome } from './sandbox.js';
import { type Script, type Translated, translate } from './translate.js';
import { findFiles, hasSameLinks, type SourceFiles, type Tree, textOf } from './tree.js';

/** What the evaluation of a file gave: a definition, or the sandbox's word for why there is none. */
export type Given = Evaluated | Outcome;
type YamlRead = Evaluated | readonly Finding[];

/** Past so many letters of what was evaluated nothing more is kept. */
const MOST_CHARS = 200_000_000;

/**
 * What the files of one compilation gave, for the next one: bytes, translations, definitions. An entry holds for the same bytes only, that of a
 * script besides for the same meaning of its imports, that of a definition for the same scripts of itself and every helper it reaches. Files that
 * are gone are forgotten, so it holds one commit's worth. Faults of the sandbox are not kept: a busy machine may have caused them.
 */
export class Kept {
  #tree: Tree = new Map();
  readonly #translated = new Map<
    string,
    Readonly<{ bytes: Uint8Array; made: Promise<Translated>; now?: Translated }>
  >();
  readonly #scripts = new Map<string, Readonly<{ made: Translated; names: number; script: Script }>>();
  readonly #given = new Map<string, Readonly<{ scripts: readonly Script[]; given: Given; chars: number }>>();
  readonly #yaml = new Map<string, Readonly<{ bytes: Uint8Array; kind: string; made: YamlRead }>>();
  #chars = 0;
  /** Another number whenever an import may mean something else: files or links came or went, or a package is another. */
  #names = 0;
  #files: Readonly<{ key: string; found: SourceFiles }> | undefined;

  /** `tree` with the bytes of unchanged files being the same objects as before; what is no longer in it is forgotten. */
  adopt(tree: Tree): Tree {
    const adopted = new Map<string, Uint8Array>();
    let isOther = tree.size !== this.#tree.size || !hasSameLinks(tree, this.#tree);
    for (const [path, bytes] of tree) {
      const before = this.#tree.get(path);
      const isOld = before !== undefined && isEqual(before, bytes);
      adopted.set(path, isOld ? before : bytes);
      if (before === undefined || (!isOld && path.endsWith('/package.json'))) isOther = true;
    }
    if (isOther) this.#names++;
    for (const path of this.#tree.keys()) if (!adopted.has(path)) this.#forget(path);
    this.#tree = Object.assign(
      adopted,
      tree.links && { links: tree.links },
      tree.oversized && { oversized: tree.oversized },
    );
    return this.#tree;
  }

  /** `findFiles` of the tree, looked for only when files came or went. */
  files(ignore: readonly string[] = []): SourceFiles {
    const key = JSON.stringify([this.#names, ignore]);
    if (this.#files?.key !== key) this.#files = { key, found: findFiles(this.#tree, ignore) };
    return this.#files.found;
  }

  /** A file's translation; one mistake of the machine's is not kept. */
  translate(file: string): Promise<Translated> {
    const bytes = this.#tree.get(file)!;
    const known = this.#translated.get(file);
    if (known?.bytes === bytes) return known.made;
    const made = translate(file, textOf(this.#tree, file));
    this.#translated.set(file, { bytes, made });
    made.then(
      (now) => this.#translated.get(file)?.made === made && this.#translated.set(file, { bytes, made, now }),
      () => this.#translated.delete(file),
    );
    return made;
  }

  /** A file's translation where it is there already. */
  translated(file: string): Translated | undefined {
    const known = this.#translated.get(file);
    return known?.now && known.bytes === this.#tree.get(file) ? known.now : undefined;
  }

  /** A translated file with the meaning of its imports in this tree; the same object as before when nothing of it is new. */
  script(file: string, made: Extract<Translated, { code: string }>): Script {
    const known = this.#scripts.get(file);
    if (known?.made === made && known.names === this.#names) return known.script;
    const imports = Object.create(null) as Record<string, Import>;
    for (const name of made.written) imports[name] = resolveImport(this.#tree, file, name);
    const before = known?.script;
    const isOld = before?.code === made.code && JSON.stringify(before.imports) === JSON.stringify(imports);
    const script = isOld ? before : { file, code: made.code, imports };
    this.#scripts.set(file, { made, names: this.#names, script });
    return script;
  }

  /** What a file gave, with the scripts that it and its helpers were, where they are the same still. */
  unchanged(file: string): Readonly<{ scripts: readonly Script[]; given: Given }> | undefined {
    const known = this.#given.get(file);
    const isSameStill = (script: Script): boolean => {
      const made = this.translated(script.file);
      return made !== undefined && 'code' in made && this.script(script.file, made) === script;
    };
    return known?.scripts.every(isSameStill) ? known : undefined;
  }

  /** What a file gave when it and its helpers were these scripts. */
  given(file: string, scripts: readonly Script[]): Given | undefined {
    const known = this.#given.get(file);
    return known && isSame(known.scripts, scripts) ? known.given : undefined;
  }

  keep(file: string, scripts: readonly Script[], given: Given, chars: number): void {
    this.#drop(file);
    if (this.#chars + chars > MOST_CHARS) return;
    this.#chars += chars;
    this.#given.set(file, { scripts, given, chars });
  }

  /** What a YAML file gave, read only when it is new. */
  yaml(file: string, kind: string, read: (text: string) => YamlRead): YamlRead {
    const bytes = this.#tree.get(file)!;
    const known = this.#yaml.get(file);
    if (known?.bytes === bytes && known.kind === kind) return known.made;
    const made = read(textOf(this.#tree, file));
    this.#yaml.set(file, { bytes, kind, made });
    return made;
  }

  /** Whether reading `file` as YAML costs nothing. */
  hasYaml = (file: string): boolean => this.#yaml.get(file)?.bytes === this.#tree.get(file);

  #drop(file: string): void {
    this.#chars -= this.#given.get(file)?.chars ?? 0;
    this.#given.delete(file);
  }

  #forget(file: string): void {
    this.#translated.delete(file);
    this.#scripts.delete(file);
    this.#yaml.delete(file);
    this.#drop(file);
  }
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && Buffer.compare(a, b) === 0);
