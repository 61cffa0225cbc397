// What the soak runs: families of six jobs that fire every ten seconds. A source, two branches of which one fails at first and is retried,
// a join, a job that also needs its own previous period, and a slow leaf that is cancelled now and then.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const FAMILIES = 9;
export const EVERY_SECONDS = 10;
export const JOBS = FAMILIES * 6;

/** Writes down who lives, says how many lines it wrote, and fails where it should. `SOAK` is the directory of the soak. */
const SCRIPT = `exec 9>>"$SOAK/locks/$HERA_RUN_ID"
flock -n 9 || echo "double $HERA_RUN_ID $HERA_ATTEMPT" >>"$SOAK/journal"
echo "begin $HERA_RUN_ID $HERA_ATTEMPT" >>"$SOAK/journal"
i=0
while [ $i -lt $((20 + HERA_RUN_ID % 200)) ]; do
  echo "line $i of $HERA_RUN_ID/$HERA_ATTEMPT"
  i=$((i + 1))
done
case "$1" in
retried)
  if [ $((HERA_RUN_ID % 3)) -eq 0 ] && mkdir "$SOAK/tried/$HERA_RUN_ID" 2>/dev/null; then exit 7; fi
  ;;
slow) sleep 5 ;;
*) sleep "0.$((HERA_RUN_ID % 10))" ;;
esac
echo "end $HERA_RUN_ID $HERA_ATTEMPT" >>"$SOAK/journal"
`;

/** What the script writes to its output. */
export const outputOf = (run: number, attempt: number): string =>
  Array.from({ length: 20 + (run % 200) }, (_, i) => `line ${i} of ${run}/${attempt}\n`).join('');

const job = (family: number, name: string, lines: readonly string[], kind = 'quick'): [string, string] => [
  `f${family}/${name}.yaml`,
  [...lines, `run: { shell: { file: /soak.sh, args: [${kind}] } }`, ''].join('\n'),
];

/** The definitions, by path; with `end` nothing fires after it. */
function files(end?: Date): Readonly<Record<string, string>> {
  const ends = end === undefined ? [] : [`end: ${end.toISOString().slice(0, 19)}Z`];
  const all: [string, string][] = [
    [
      'hera.project.yaml',
      'name: soak\nzone: UTC\ndefaults: { retries: { times: 3, wait: 1s }, grace: 2s, timeout: 10m }\n',
    ],
    ['soak.sh', SCRIPT],
  ];
  for (let i = 0; i < FAMILIES; i += 1)
    all.push(
      job(i, 'source', [`schedule: "*/${EVERY_SECONDS} * * * * ?"`, ...ends]),
      job(i, 'left', ['needs: [./source]']),
      job(i, 'right', ['needs: [./source]'], 'retried'),
      job(i, 'join', ['needs: [./left, ./right]']),
      job(i, 'sum', ['needs: [./join, { self: previous }]']),
      job(i, 'leaf', ['needs: [./source]', 'overlap: allow'], 'slow'),
    );
  return Object.fromEntries(all);
}

export function write(folder: string, end?: Date): void {
  for (const [path, text] of Object.entries(files(end))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** What the jobs' processes wrote down. */
export type Journal = Readonly<{ doubles: readonly string[]; begun: number; ends: ReadonlyMap<string, number> }>;

export function readJournal(soak: string): Journal {
  const lines = readFileSync(join(soak, 'journal'), 'utf8').split('\n').filter(Boolean);
  const ends = new Map<string, number>();
  for (const line of lines) {
    const [what, run] = line.split(' ');
    if (what === 'end') ends.set(run!, (ends.get(run!) ?? 0) + 1);
  }
  return {
    doubles: lines.filter((line) => line.startsWith('double')),
    begun: lines.filter((line) => line.startsWith('begin')).length,
    ends,
  };
}
