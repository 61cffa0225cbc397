// Compiles files that nobody would write: `npm run fuzz -- --cases 10000 --seed 1 [--from 0] [--batch 500] [--keep DIR]`. Every outcome must be a
// manifest or diagnostics with places inside the files, in every format, and the same twice. What is found is made small, printed with its
// number, kept as a project in `--keep`, and ends the run with exit code 1. `--from N --cases 1` makes one case again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Tree } from '../../../compiler/index.js';
import { treeOfCase, treeOfCases } from './cases.js';
import { judge } from './judge.js';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    from: { type: 'string', default: '0' },
    batch: { type: 'string', default: '500' },
    keep: { type: 'string' },
  },
});
const [cases, seed, from, batch] = [values.cases, values.seed, values.from, values.batch].map(Number) as [
  number,
  number,
  number,
  number,
];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const started = Date.now();
let found = 0;

function keep(tree: Tree, name: string): void {
  if (values.keep === undefined) return;
  for (const [file, bytes] of tree) {
    const path = join(values.keep, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

function tell(what: string, wrong: readonly string[], tree: Tree, name: string): void {
  found += 1;
  say(`FOUND ${what}:`);
  for (const one of wrong.slice(0, 3)) say(`  ${one.slice(0, 1_500)}`);
  keep(tree, name);
}

/** The guilty ones of a batch, by halves; what only several do together is told as such. */
async function search(start: number, count: number, wrong: readonly string[]): Promise<void> {
  if (count === 1) {
    tell(`seed ${seed} case ${start}`, wrong, treeOfCases(seed, start, 1), `case-${seed}-${start}`);
    return;
  }
  const before = found;
  const half = Math.floor(count / 2);
  for (const [at, size] of [
    [start, half],
    [start + half, count - half],
  ] as const) {
    const inHalf = await judge(treeOfCases(seed, at, size));
    if (inHalf.length > 0) await search(at, size, inHalf);
  }
  if (found === before)
    tell(
      `seed ${seed} cases ${start} to ${start + count - 1} together`,
      wrong,
      treeOfCases(seed, start, count),
      `batch-${seed}-${start}`,
    );
}

for (let start = from; start < from + cases; start += batch) {
  const count = Math.min(batch, from + cases - start);
  const wrong = await judge(treeOfCases(seed, start, count));
  if (wrong.length > 0) await search(start, count, wrong);
  // One of them as a project of its own: project files and folders count only there.
  const tree = treeOfCase(seed, start);
  const alone = await judge(tree);
  if (alone.length > 0) tell(`seed ${seed} case ${start} as a project`, alone, tree, `project-${seed}-${start}`);
  if ((start / batch) % 10 === 9)
    say(`${start + count - from} cases, ${found} found, ${Math.round((Date.now() - started) / 1000)} s`);
}
say(`seed ${seed}: ${cases} cases from ${from}, ${found} found, ${Math.round((Date.now() - started) / 1000)} s`);
process.exit(found === 0 ? 0 : 1);
