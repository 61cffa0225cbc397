import { counted } from '../../compiler/check/counted.js';
import type { OperationPlan } from '../../runtime/api/contract.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { untilOperationEnded, untilTurnEnded } from '../watch.js';
import { printStates, stateWord } from '../words.js';

export type RunOptions = Readonly<{ period?: string; wait?: boolean; follow?: boolean; project?: string }>;

/** Runs a job by hand. With --wait or --follow the exit code is the outcome: 0 succeeded, else 1. */
export async function run(terminal: Terminal, job: string, options: RunOptions): Promise<number> {
  const client = await connect(terminal);
  const asked = await client.runJob({ job, period: options.period ?? null, project: options.project });
  const { run, turn, period } = asked;
  if (!options.wait && !options.follow) {
    terminal.json(asked);
    terminal.print(`${asked.job} ${period}: run ${run}, turn ${turn}, ${stateWord(terminal.colors, asked.state)}`);
    terminal.say(`  follow it with: hera logs -f ${run}`);
    return 0;
  }
  if (options.follow && !terminal.isJson) {
    const { followTurn } = await import('./logs.js');
    await followTurn(terminal, client, run, turn);
  }
  const ended = await untilTurnEnded(client, run, turn);
  const own = ended.turns.find((one) => one.n === turn);
  const isOwed = own !== undefined && own.trigger !== 'manual';
  const outcome = isOwed ? ended.state : (own?.outcome ?? ended.state);
  const attempts = ended.attempts.filter((attempt) => isOwed || attempt.turn === turn);
  terminal.json({ ...asked, state: outcome, attempts });
  const { exitCode, signal, note } = ended.attempts.at(-1) ?? {};
  const how = exitCode ? ` (exit ${exitCode})` : signal ? ` (${signal})` : note ? ` (${note})` : '';
  terminal.say(`${asked.job} ${period}: ${stateWord(terminal.colors, outcome)}${how}`);
  if (outcome !== 'succeeded')
    terminal.say(`  see: hera run-info ${run}${options.follow ? '' : ` and hera logs ${run}`}`);
  return outcome === 'succeeded' ? 0 : 1;
}

export type BackfillOptions = Readonly<{
  from: string;
  to: string;
  job?: string;
  only: 'all' | 'missing' | 'failed';
  parallel: number;
  yes?: boolean;
  plan?: string;
  wait?: boolean;
  project?: string;
}>;

/** Plans a range of periods, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function backfill(terminal: Terminal, options: BackfillOptions): Promise<number> {
  const client = await connect(terminal);
  const { from, to, only, parallel, project } = options;
  const body = { project, jobs: options.job ?? null, from, to, only, parallel };
  const seen = await client.backfill({ ...body, plan: null });
  printOperation(terminal, seen);
  if (seen.total === 0) terminal.say(`nothing to run: ${WHY_NOTHING[only]}`);
  const hash = await agreed(terminal, seen, options);
  if (hash === null) {
    terminal.json(seen);
    return 0;
  }
  const done = await client.backfill({ ...body, plan: hash });
  if (!options.wait || done.operation === null) {
    terminal.json(done);
    terminal.print(
      `operation ${done.operation}: ${counted(done.total, 'run')}; see them with: hera runs --operation ${done.operation}`,
    );
    return 0;
  }
  const states = await untilOperationEnded(client, done.operation);
  terminal.json({ ...done, states });
  return printStates(terminal, states);
}

const WHY_NOTHING = {
  all: 'these jobs have no period in that range (one without ticks is run by `hera run`)',
  missing: 'each period of that range has succeeded, or there is none',
  failed: 'no period of that range has failed',
} as const;

/** The hash of the plan to be done; null: it was only looked at. */
async function agreed(terminal: Terminal, seen: OperationPlan, options: BackfillOptions): Promise<string | null> {
  if (options.plan !== undefined) return options.plan;
  if (seen.total === 0) return null;
  if (options.yes) return seen.hash;
  if (!terminal.isInteractive || terminal.isJson) {
    terminal.say(`nothing is done yet; to do it: --plan ${seen.hash}`);
    return null;
  }
  return (await terminal.confirm(`run these ${seen.total}?`)) ? seen.hash : null;
}

const SHOWN = 20;

export function printOperation({ print, colors, columns }: Terminal, plan: OperationPlan): void {
  print(
    `${plan.kind}: ${counted(plan.total, 'run')}${plan.first ? `, ${plan.first} to ${plan.last}` : ''}, plan ${plan.hash}`,
  );
  const rows = plan.runs.slice(0, SHOWN).map((one) => [`  ${one.job}`, one.period, one.action, colors.dim(one.why)]);
  if (rows.length > 0) for (const line of table(['  JOB', 'PERIOD', 'ACTION', 'WHY'], rows, columns)) print(line);
  if (plan.total > SHOWN) print(`  … and ${plan.total - SHOWN} more`);
}

/** Ends what a run does now, or what it owes. */
export async function cancel(
  terminal: Terminal,
  name: string,
  options: Readonly<{ owed?: boolean; project?: string }>,
): Promise<number> {
  const done = await (await connect(terminal)).cancel({
    run: name,
    owed: options.owed ?? false,
    project: options.project,
  });
  terminal.json(done);
  terminal.print(
    `run ${done.run}: ${stateWord(terminal.colors, done.state)}${done.cancelling ? ', its process is being ended' : ''}`,
  );
  if (done.note) terminal.say(`  note: ${done.note}`);
  return 0;
}
