import { setTimeout as delay } from 'node:timers/promises';
import picocolors from 'picocolors';
import type { Client } from '../../runtime/api/client.js';
import { unavailable } from '../../runtime/errors.js';

// Colours on a terminal only; what is piped or kept by a CI is plain.
const pc = picocolors.createColors(process.stderr.isTTY === true && process.env.NO_COLOR === undefined);

type Run = Awaited<ReturnType<Client['runs']>>['items'][number];

const LOOK_MS = 300;
const ENDED = new Set(['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped']);

const MARKS: Readonly<Record<string, string>> = {
  succeeded: pc.green('✓'),
  running: pc.blue('▶'),
  queued: pc.yellow('◷'),
  waiting: pc.dim('·'),
  failed: pc.red('✕'),
  timed_out: pc.red('◔'),
  cancelled: pc.magenta('■'),
  skipped: pc.dim('–'),
};

/** Shows a backfill until it has ended: a picture that is drawn anew on a terminal, a line for each change elsewhere. */
export async function followBackfill(client: Client, project: string, operation: string, total: number): Promise<void> {
  const screen = process.stderr.isTTY ? picture() : lines();
  for (;;) {
    const runs = await allRuns(client, project, operation);
    screen.show(runs, total);
    const seen = await client.operation(operation);
    if (seen.finishedAt !== null) {
      screen.show(await allRuns(client, project, operation), total);
      return;
    }
    refuseStandstill(runs, total);
    await delay(LOOK_MS);
  }
}

async function allRuns(client: Client, project: string, operation: string): Promise<readonly Run[]> {
  const all: Run[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.runs({
      project,
      operation,
      attempts: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.push(...page.items);
    if (page.next === null) return all;
    cursor = page.next;
  }
}

/** A run failed for good and only those behind it are left: waiting longer would change nothing. */
function refuseStandstill(runs: readonly Run[], total: number): void {
  if (runs.length < total || runs.some((run) => run.state === 'queued' || run.state === 'running')) return;
  if (runs.some((run) => run.state === 'waiting' && !run.reasons.every((reason) => reason.kind === 'need'))) return;
  const failed = runs.filter((run) => run.state !== 'succeeded' && ENDED.has(run.state));
  const [first] = failed;
  if (first === undefined) return;
  throw unavailable(`${failed.length} runs did not succeed, among them ${first.job} of ${first.periodLocal}`, {
    help: `see why: hera run-info '${first.job}@${first.period}' and hera logs '${first.job}@${first.period}'`,
  });
}

type Screen = Readonly<{ show(runs: readonly Run[], total: number): void }>;

function lines(): Screen {
  const shown = new Map<string, string>();
  return {
    show: (runs) => {
      for (const run of inOrderOfEnd(runs)) {
        const state = `${run.state} ${run.turn}`;
        if (shown.get(run.run) === state) continue;
        shown.set(run.run, state);
        const retried = run.reasons.find((reason) => reason.kind === 'retry');
        if (ENDED.has(run.state)) process.stderr.write(`  ${MARKS[run.state]} ${run.job} ${run.periodLocal}\n`);
        else if (retried !== undefined)
          process.stderr.write(`  ${pc.yellow('↻')} ${run.job} ${run.periodLocal}: ${howItEnded(run)}, tries again\n`);
      }
    },
  };
}

const inOrderOfEnd = (runs: readonly Run[]): readonly Run[] =>
  [...runs].sort((a, b) => (a.endedAt ?? '~').localeCompare(b.endedAt ?? '~'));

function howItEnded(run: Run): string {
  const last = run.attempts?.at(-1);
  return last?.exitCode === null || last === undefined ? 'failed' : `exit code ${last.exitCode}`;
}

/** Jobs in rows, days in columns; a cell counts what has succeeded where a day has several periods. */
function picture(): Screen {
  let height = 0;
  return {
    show: (runs, total) => {
      const days = [...new Set(runs.map((run) => run.periodLocal.slice(0, 10)))].sort();
      const jobs = [...new Set(runs.map((run) => run.job))].sort();
      const width = Math.max(12, ...jobs.map((job) => job.length));
      const rows = jobs.map(
        (job) =>
          `  ${job.padEnd(width)}  ${days.map((day) => cell(runs, job, day)).join('  ')}  ${retriesOf(runs, job)}`,
      );
      const done = runs.filter((run) => ENDED.has(run.state)).length;
      const text = [`  ${''.padEnd(width)}  ${days.join('  ')}`, ...rows, '', `  ${done} of ${total}`];
      if (height > 0) process.stderr.write(`\u001b[${height}A\u001b[J`);
      process.stderr.write(`${text.join('\n')}\n`);
      height = text.length;
    },
  };
}

const CELL = 10;

function cell(runs: readonly Run[], job: string, day: string): string {
  const own = runs.filter((run) => run.job === job && run.periodLocal.startsWith(day));
  if (own.length === 0) return ' '.repeat(CELL);
  const worst = ['failed', 'timed_out', 'cancelled', 'running', 'queued', 'waiting', 'skipped', 'succeeded'].find(
    (state) => own.some((run) => run.state === state),
  )!;
  const count = own.length === 1 ? '' : ` ${own.filter((run) => run.state === 'succeeded').length}/${own.length}`;
  return `${MARKS[worst]}${count}${' '.repeat(CELL - 1 - count.length)}`;
}

function retriesOf(runs: readonly Run[], job: string): string {
  const retried = runs.find((run) => run.job === job && run.state === 'succeeded' && (run.attempts?.length ?? 0) > 1);
  const first = retried?.attempts?.[0];
  return first === undefined
    ? ''
    : pc.dim(`first attempt ended with ${first.exitCode ?? first.signal}, the retry succeeded`);
}
