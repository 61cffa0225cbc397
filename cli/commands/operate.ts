import { connect } from '../contexts.js';
import type { Terminal } from '../terminal.js';
import { untilTurnEnded } from '../watch.js';
import { stateWord } from '../words.js';

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
