import type { Client } from '../../runtime/api/client.js';
import type { RunDetail, RunWithAttempts } from '../../runtime/api/contract.js';
import { connect } from '../contexts.js';
import { span, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { noteWords, reasonWords, stateWord } from '../words.js';

export type RunsOptions = Readonly<{
  project?: string;
  job?: string;
  state?: string;
  trigger?: string;
  operation?: string;
  from?: string;
  to?: string;
  limit: number;
}>;

const PAGE = 200;

/** Lists runs, newest period first, with their attempts in JSON. */
export async function runs(terminal: Terminal, options: RunsOptions): Promise<number> {
  const found = await readRuns(await connect(terminal), options);
  terminal.json(found);
  const rows = found.map((run) => [
    run.run,
    run.job,
    run.periodLocal,
    stateWord(terminal.colors, run.state),
    run.trigger,
    String(run.attempts?.length ?? 0),
    duration(run),
    run.reasons.map(reasonWords).join('; '),
  ]);
  if (rows.length === 0) terminal.print('no runs');
  else
    for (const line of table(
      ['RUN', 'JOB', 'PERIOD', 'STATE', 'TRIGGER', 'ATTEMPTS', 'TOOK', 'WHY'],
      rows,
      terminal.columns,
    ))
      terminal.print(line);
  return 0;
}

async function readRuns(client: Client, { limit, ...filter }: RunsOptions): Promise<readonly RunWithAttempts[]> {
  const found: RunWithAttempts[] = [];
  for (let cursor: string | null | undefined; cursor !== null && found.length < limit; ) {
    const page = await client.runs({
      ...filter,
      attempts: true,
      limit: Math.min(PAGE, limit - found.length),
      ...(cursor ? { cursor } : {}),
    });
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}

const duration = ({ startedAt, endedAt }: Pick<RunDetail, 'startedAt' | 'endedAt'>): string =>
  startedAt === null ? '' : span((endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt));

/** Everything about one run; why first. */
export async function runInfo(
  terminal: Terminal,
  name: string,
  options: Readonly<{ project?: string }>,
): Promise<number> {
  const run = await (await connect(terminal)).run(name, options.project);
  terminal.json(run);
  const { colors, print } = terminal;
  print(
    `${colors.bold(run.job)} ${run.periodLocal}  ${stateWord(colors, run.state)}${run.cancelling ? ' (cancelling)' : ''}  run ${run.run}`,
  );
  for (const reason of run.reasons) print(`  ${colors.yellow('why')}: ${reasonWords(reason)}`);
  const aside = besideTheState(run);
  if (aside !== undefined) print(`  ${colors.yellow('note')}: ${aside}`);
  const facts: [string, string | null][] = [
    ['trigger', run.trigger],
    ['period', `${run.period} (bizdate ${run.bizdate})`],
    ['batch', run.batch],
    ['data', run.dataInterval && `${run.dataInterval.start} to ${run.dataInterval.end}`],
    ['commit', run.commit && `${run.commit.slice(0, 12)}${run.deployment ? ` ${run.deployment.subject}` : ''}`],
    ['group', run.machineGroup],
    ['took', duration(run)],
    ['its own', ownWords(run)],
    ['owed', run.owed],
    ['fact', run.fact && factWords(run.fact)],
    ['operation', run.operation && `${run.operation.id} (${run.operation.kind}, ${run.operation.by})`],
  ];
  for (const [name_, value] of facts) if (value) print(`  ${name_.padEnd(9)} ${value}`);
  printAwaited(terminal, 'needs', run.needs);
  for (const { needs, commit, deployment } of run.dropped)
    for (const { job, period } of needs)
      print(
        `  ${colors.yellow('note')}: deployment ${deployment}${commit ? ` (${commit.slice(0, 12)})` : ''} dropped its need of ${job}@${period}`,
      );
  printAttempts(terminal, run);
  printAwaited(terminal, 'downstream', run.downstream);
  return 0;
}

function ownWords({ own }: RunDetail): string | null {
  const { vars = {}, machineGroup = null } = own ?? {};
  const given = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  return [...given, ...(machineGroup === null ? [] : [`group ${machineGroup}`])].join(', ') || null;
}

const factWords = ({ state, reason, markedBy }: NonNullable<RunDetail['fact']>): string =>
  `${state}${markedBy === null ? '' : `, marked by ${markedBy}`}${reason ? `: ${reason}` : ''}`;

/** A turn by hand leaves the run as it was: where the two differ, both are said. */
function besideTheState({ turns, state }: RunDetail): string | undefined {
  const last = turns.reduce<RunDetail['turns'][number] | undefined>((a, b) => (a && a.n > b.n ? a : b), undefined);
  if (last?.trigger !== 'manual' || last.outcome === null || last.outcome === state) return undefined;
  return `the last turn, asked by hand, ended ${last.outcome}; what a run is, and what waits for it, is not changed by hand`;
}

function printAwaited({ colors, print }: Terminal, title: string, awaited: RunDetail['needs']): void {
  if (awaited.length === 0) return;
  print(`${title}:`);
  for (const one of awaited)
    print(
      `  ${one.met ? colors.green('✓') : '·'} ${one.job}@${one.period} ${one.state}${one.run ? ` (run ${one.run})` : ''}`,
    );
}

function printAttempts({ print, colors, columns }: Terminal, run: RunDetail): void {
  if (run.attemptsExpired)
    print(`  ${colors.yellow('note')}: ${run.attempts.length === 0 ? 'its' : 'its first'} attempts have expired`);
  if (run.attempts.length === 0) return;
  print('attempts:');
  const rows = run.attempts.map((attempt) => [
    `  ${attempt.n}`,
    attempt.trigger,
    stateWord(colors, attempt.outcome ?? attempt.state),
    attempt.exitCode === null ? (attempt.signal ?? '') : `exit ${attempt.exitCode}`,
    attempt.host,
    span((attempt.ended === null ? Date.now() : Date.parse(attempt.ended)) - Date.parse(attempt.started)),
    noteWords(attempt.note),
  ]);
  for (const line of table(['  N', 'TRIGGER', 'OUTCOME', 'EXIT', 'HOST', 'TOOK', 'NOTE'], rows, columns)) print(line);
  const applications = run.attempts.flatMap((attempt) => attempt.applications);
  if (applications.length > 0) print('applications:');
  for (const { id, link } of applications) print(`  ${id}${link === null ? '' : `  ${link}`}`);
  const told = Object.entries(run.attempts.at(-1)?.outputs ?? {});
  if (told.length > 0) print('outputs:');
  for (const [key, value] of told) print(`  ${key}=${value}`);
}
