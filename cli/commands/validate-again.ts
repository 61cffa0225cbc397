import { counted } from '../../compiler/check/counted.js';
import { jsonText } from '../../compiler/check/spelling.js';
import { type Compiled, Compiler, type Diagnostic, Standby, type Tree } from '../../compiler/index.js';
import { Failure } from '../../runtime/errors.js';
import { type KnownFiles, readDirectory } from '../../runtime/git/working-tree.js';
import { watchFolders } from '../folder-watch.js';
import { foundLines } from '../found-lines.js';
import { untilAsked } from '../signals.js';
import type { Terminal } from '../terminal.js';

/**
 * Checks a directory, and again after every change, until it is asked to end. Printed is what came since the round before and how much is left;
 * with --json one line a round: `{ok, diagnostics, ms}`. Exit 1 when the last round had errors. Nothing on the screen is cleared.
 */
export async function validateAgain(terminal: Terminal, folder: string): Promise<number> {
  const asked = untilAsked();
  const watch = watchFolders(folder);
  const standby = new Standby();
  const [compiler, known]: [Compiler, KnownFiles] = [new Compiler({ standby }), new Map()];
  let before: Round | undefined;
  try {
    await watch.refresh();
    for (let isOver = false; !isOver; ) {
      const round = await check(terminal, compiler, folder, known);
      if (round && !isSame(before, round)) print(terminal, before, round);
      before = round ?? before;
      await watch.refresh();
      isOver = await Promise.race([watch.changed().then(() => false), asked.then(() => true)]);
    }
  } finally {
    watch.close();
    standby.end();
  }
  return before?.compiled.manifest ? 0 : 1;
}

type Round = Readonly<{ tree: Tree; compiled: Compiled; ms: number }>;

/** A directory that cannot be read just now (too many files, a repository in the middle of something) is told and looked at again. */
async function check(
  terminal: Terminal,
  compiler: Compiler,
  folder: string,
  known: KnownFiles,
): Promise<Round | undefined> {
  const begun = performance.now();
  try {
    const tree = await readDirectory(folder, known);
    const compiled = await compiler.compile(tree);
    return { tree, compiled, ms: Math.round(performance.now() - begun) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.say(`${terminal.colors.red('not read')}: ${error.message}`);
    return undefined;
  }
}

/** A save that changed no file's bytes is no round. */
const isSame = (a: Round | undefined, b: Round): boolean =>
  a !== undefined &&
  a.tree.size === b.tree.size &&
  String([...(a.tree.links ?? [])]) === String([...(b.tree.links ?? [])]) &&
  String([...(a.tree.oversized ?? [])]) === String([...(b.tree.oversized ?? [])]) &&
  [...b.tree].every(([path, bytes]) => a.tree.get(path) === bytes);

function print(terminal: Terminal, before: Round | undefined, { tree, compiled, ms }: Round): void {
  const { manifest, diagnostics } = compiled;
  if (terminal.isJson) {
    terminal.write(Buffer.from(`${jsonText({ ok: manifest !== null, diagnostics, ms }, 0)}\n`));
    return;
  }
  const told = new Set((before?.compiled.diagnostics ?? []).map(keyOf));
  const fresh = diagnostics.filter((one) => !told.has(keyOf(one)));
  const left = new Set(diagnostics.map(keyOf));
  const gone = [...told].filter((key) => !left.has(key)).length;
  if (fresh.length > 0) terminal.print(...foundLines(terminal, fresh, tree));
  const same = diagnostics.length - fresh.length;
  const parts = [
    ...(before && fresh.length > 0 ? [`${fresh.length} new`] : []),
    ...(gone > 0 ? [`${gone} gone`] : []),
    ...(same > 0 ? [`${same} as before`] : []),
  ];
  const { green, red } = terminal.colors;
  const state = manifest ? `${green('ok')}: ${counted(manifest.jobs.length, 'job')}` : red('not ok');
  terminal.print(`${state}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}, ${ms} ms`);
}

/** The same mistake on another line is no new one. */
const keyOf = ({ code, file, message }: Diagnostic): string => JSON.stringify([code, file, message]);
