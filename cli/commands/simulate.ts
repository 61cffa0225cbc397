import { once } from 'node:events';
import { resolve } from 'node:path';
import { parsePeriod, printPeriod, printPeriodIn } from '../../compiler/calendar/index.js';
import { compile, type SimulatedRun, simulate as simulateRuns } from '../../compiler/index.js';
import { FORMS } from '../../runtime/api/meant-period.js';
import { globOf } from '../../runtime/control/glob.js';
import { invalid } from '../../runtime/errors.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import { foundLines } from '../found-lines.js';
import type { Terminal } from '../terminal.js';

type Options = Readonly<{ from: string; to: string; job?: string }>;

/**
 * Prints the runs of a project that have their period between two instants, one JSON object a line, always as JSON. Exit 1 when the project has
 * errors. Says on standard error, once for each job, that it awaits a period later than its own (D1).
 */
export async function simulate(terminal: Terminal, dir: string, options: Options): Promise<number> {
  const tree = await readDirectory(resolve(terminal.cwd, dir));
  const { manifest, diagnostics } = await compile(tree);
  if (!manifest) {
    terminal.say(...foundLines(terminal, diagnostics, tree));
    return 1;
  }
  const { zone } = manifest.project;
  const range = { from: boundOf('--from', options.from, zone), to: boundOf('--to', options.to, zone) };
  const isWanted = options.job === undefined ? undefined : globOf(options.job);
  const later = createLater(terminal);
  const lines = createLines();
  for (const run of simulateRuns(manifest, range, isWanted)) {
    later(run);
    if (!lines.add(run)) await flush(lines.take());
  }
  await flush(lines.take());
  return 0;
}

/** Waits while the reader is slow: a year of an estate is larger than memory. */
async function flush(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function boundOf(option: string, text: string, zone: string): number {
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${option}: ${JSON.stringify(text)} is no time`, { help: FORMS });
  return typed.kind === 'instant' ? typed.instant : typed.from;
}

const CHUNK_LENGTH = 65_536;

/** Runs as lines; the texts of jobs and of lists that come again are made once. */
export function createLines() {
  const texts = new Map<SimulatedRun['job'], JobTexts>();
  const lists = new WeakMap<readonly number[], string>();
  let [text, printedAt, printed] = ['', Number.NaN, ''];
  const listOf = (periods: readonly number[] | 'latest'): string => {
    if (periods === 'latest') return '["latest"]';
    const known = lists.get(periods);
    if (known !== undefined) return known;
    const made = JSON.stringify(periods.map(printPeriod));
    lists.set(periods, made);
    return made;
  };
  return {
    /** False when it is time to take what is there. */
    add({ job, period, needs }: SimulatedRun): boolean {
      const known = texts.get(job) ?? textsOf(job, needs);
      texts.set(job, known);
      if (period !== printedAt) [printedAt, printed] = [period, printPeriod(period)];
      let line = known.head + printed + known.base;
      for (const [i, { periods }] of needs.entries()) line += known.needs[i] + listOf(periods) + known.ends[i];
      text += `${line}]}\n`;
      return text.length < CHUNK_LENGTH;
    },
    take(): string {
      const taken = text;
      text = '';
      return taken;
    },
  };
}

/** What is the same in all lines of a job. */
type JobTexts = Readonly<{ head: string; base: string; needs: readonly string[]; ends: readonly string[] }>;

const textsOf = ({ id, base }: SimulatedRun['job'], needs: SimulatedRun['needs']): JobTexts => ({
  head: `{"job":${JSON.stringify(id)},"period":"`,
  base: `","base":${JSON.stringify(base)},"needs":[`,
  needs: needs.map(({ job }, i) => `${i === 0 ? '' : ','}{"job":${JSON.stringify(job)},"periods":`),
  ends: needs.map(({ optional }) => `,"optional":${optional}}`),
});

/** D1: a job with a schedule of its own that starts only when a later period of another has run. */
function createLater({ say, colors }: Terminal): (run: SimulatedRun) => void {
  const told = new Set<string>();
  return ({ job, period, needs }) => {
    if (job.calendar === null) return;
    for (const { job: upstream, periods } of needs) {
      if (periods === 'latest' || !(periods.at(-1)! > period) || told.has(job.id)) continue;
      told.add(job.id);
      const at = (instant: number): string => printPeriodIn(job.zone, instant);
      say(
        `${colors.yellow('note')}: ${job.id} of ${at(period)} awaits ${upstream} of ${at(periods.at(-1)!)}, which is later`,
      );
    }
  };
}
