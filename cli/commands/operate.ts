import { counted } from '../../compiler/check/counted.js';
import { invalid } from '../../runtime/errors.js';
import { readVariables } from '../assignments.js';
import { connect } from '../contexts.js';
import { type Agreement, agreedHash, printOperation } from '../operation-plan.js';
import type { Terminal } from '../terminal.js';
import { untilTurnEnded } from '../watch.js';
import { stateWord } from '../words.js';

export type RunOptions = Readonly<{
  period?: string;
  /** NAME=VALUE each. */
  var?: readonly string[];
  group?: string;
  wait?: boolean;
  follow?: boolean;
  project?: string;
}>;

/** Runs a job by hand. With --wait or --follow the exit code is the outcome: 0 succeeded, else 1. */
export async function run(terminal: Terminal, job: string, options: RunOptions): Promise<number> {
  const client = await connect(terminal);
  const asked = await client.runJob({
    ...{ job, period: options.period ?? null, project: options.project, vars: readVariables(options.var ?? []) },
    ...(options.group !== undefined && { machineGroup: options.group }),
  });
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

export type CancelOptions = Agreement &
  Readonly<{ owed?: boolean; job?: string; state?: string; from?: string; to?: string; project?: string }>;

/** Plans the end of many runs, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function cancelMany(terminal: Terminal, options: CancelOptions): Promise<number> {
  const { job, state, from, to, project } = options;
  if (job === undefined && state === undefined && from === undefined && to === undefined)
    throw invalid('a cancel is of a run, or of many', {
      help: 'its number or JOB@PERIOD; or --job, --state, --from, --to: hera cancel --help',
    });
  const client = await connect(terminal);
  const states = state?.split(',').filter(Boolean);
  const body = { project, jobs: job ?? null, states, from: from ?? null, to: to ?? null };
  const seen = await client.cancelRuns({ ...body, plan: null });
  printOperation(terminal, seen);
  if (seen.total === 0) terminal.say('nothing of that waits or runs');
  const hash = await agreedHash(terminal, seen, options, `end these ${seen.total}?`);
  const done = hash === null ? seen : await client.cancelRuns({ ...body, plan: hash });
  terminal.json(done);
  if (hash !== null)
    terminal.print(`${counted(done.cancelled, 'run')} cancelled${done.ended > 0 ? `, ${done.ended} had ended` : ''}`);
  return 0;
}
