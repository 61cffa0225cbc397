import { setTimeout as delay } from 'node:timers/promises';
import { counted } from '../../compiler/check/counted.js';
import type { Backfill } from '../../runtime/api/backfill-contract.js';
import type { Client, PaceBody } from '../../runtime/api/client.js';
import type { BackfillPlan, OperationPlan } from '../../runtime/api/contract.js';
import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { type Agreement, agreedHash, printOperation } from '../operation-plan.js';
import { span, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { printStates, stateWord } from '../words.js';

export type BackfillOptions = Agreement &
  Readonly<{
    from?: string;
    to?: string;
    job?: string;
    only: 'all' | 'missing' | 'failed';
    downstream?: boolean;
    order: 'forward' | 'backward';
    parallel?: number;
    window?: string;
    retries?: number | 'none';
    wait?: boolean;
    project?: string;
  }>;

/** Plans a range of periods, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function backfill(
  terminal: Terminal,
  named: string | undefined,
  options: BackfillOptions,
): Promise<number> {
  const { from, to, only, order, project, parallel = 1, downstream = false } = options;
  if (from === undefined || to === undefined)
    throw invalid('a backfill is of a range of periods', {
      help: '--from and --to; or one of show, pause, resume, set, retry, cancel with its number: hera backfill --help',
    });
  const client = await connect(terminal);
  const retries = options.retries === 'none' ? null : (options.retries ?? null);
  const more = { downstream, order, window: options.window ?? null, retries };
  const body = { project, jobs: options.job ?? named ?? null, from, to, only, parallel, ...more };
  const seen = await client.backfill({ ...body, plan: null });
  printOperation(terminal, seen);
  printMore(terminal, seen);
  if (seen.total === 0) terminal.say(`nothing to run: ${WHY_NOTHING[only]}`);
  const hash = await agreedHash(terminal, seen, options, `run these ${seen.total}?`);
  if (hash === null) {
    terminal.json(seen);
    return 0;
  }
  const done = await client.backfill({ ...body, plan: hash });
  const { operation } = done;
  if (!options.wait || operation === null) {
    terminal.json(done);
    terminal.print(
      `backfill ${operation}: ${counted(done.total, 'run')}; see how far it is with: hera backfill show ${operation}`,
    );
    return 0;
  }
  const { states, progress } = await untilRests(client, operation);
  terminal.json({ ...done, states, progress });
  if (progress === 'stopped')
    terminal.say(`  what is left waits for what failed; when that is mended: hera backfill retry ${operation}`);
  return printStates(terminal, states);
}

const WHY_NOTHING = {
  all: 'these jobs have no period in that range (one without ticks is run by `hera run`)',
  missing: 'each period of that range has succeeded, or there is none',
  failed: 'no period of that range has failed',
} as const;

function printMore({ print }: Terminal, { counts, estimateMs, notes }: BackfillPlan): void {
  if (counts.downstream > 0) print(`  ${counts.chosen} of the range, ${counts.downstream} downstream of them`);
  if (estimateMs !== null) print(`  about ${span(estimateMs)}, by what its jobs took before`);
  if (counts.underWay > 0) print(`  under way: ${counted(counts.underWay, 'run')}, whose end is awaited first`);
  if (counts.takenOver > 0) print(`  taken over: ${counted(counts.takenOver, 'run')} that wait now`);
  for (const note of notes) print(`  note: ${note}`);
}

const [FIRST_MS, MOST_MS] = [200, 2_000];

/** Waits until a backfill has ended, or nothing of it moves any more. */
async function untilRests(client: Client, id: string): Promise<Backfill> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 1.5)) {
    const seen = await client.backfillOf(id);
    if (seen.progress === 'ended' || seen.progress === 'stopped') return seen;
    await delay(waitMs);
  }
}

/** All of them, newest first. */
export async function backfills(
  terminal: Terminal,
  { limit, open = false, project }: Readonly<{ limit: number; open?: boolean; project?: string }>,
): Promise<number> {
  const { items } = await (await connect(terminal)).backfills({ limit, open, project });
  terminal.json(items);
  if (items.length === 0) terminal.print(open ? 'no backfill is open' : 'no backfill was asked yet');
  else for (const line of table(HEADER, items.map(lineOf), terminal.columns)) terminal.print(line);
  return 0;
}

const HEADER = ['ID', 'PROGRESS', 'DONE', 'FAILED', 'ENDS', 'AT ONCE', 'JOBS', 'FROM', 'TO', 'BY'];

const lineOf = (one: Backfill): readonly string[] => [
  ...[one.operation, one.progress, `${one.done}/${one.members}`, String(failedOf(one) || '')],
  ...[one.finishedAt ?? (one.endsAt === null ? '' : `~ ${one.endsAt}`), String(one.parallel)],
  ...[one.jobs ?? '**', one.from, one.to, one.askedBy],
];

const failedOf = ({ states }: Backfill): number => (states.failed ?? 0) + (states.timed_out ?? 0);

/** How far one is, and how it goes. */
export async function show(terminal: Terminal, id: string): Promise<number> {
  const seen = await (await connect(terminal)).backfillOf(id);
  terminal.json(seen);
  printBackfill(terminal, seen);
  return 0;
}

function printBackfill({ print, colors }: Terminal, one: Backfill): void {
  print(`${colors.bold(`backfill ${one.operation}`)}  ${one.progress}  ${one.done} of ${one.members}`);
  const states = Object.entries(one.states).map(([state, n]) => `${n} ${stateWord(colors, state)}`);
  const facts: readonly (readonly [string, string | null])[] = [
    ['states', states.join(', ')],
    ['ends', one.finishedAt ?? (one.endsAt === null ? null : `about ${one.endsAt}, as it goes now`)],
    ['opens', one.opensAt],
    ['asked', `${one.askedAt} by ${one.askedBy}`],
    ['paused', one.pausedBy && `${one.pausedAt} by ${one.pausedBy}`],
    ['cancelled', one.cancelledBy && `${one.cancelledAt} by ${one.cancelledBy}`],
    ['jobs', `${one.jobs ?? 'all that have ticks'}${one.downstream ? ', and what is downstream' : ''}`],
    ['periods', `${one.from} to ${one.to}${one.only === 'all' ? '' : `, ${one.only} only`}, ${one.order}`],
    ['pace', paceWords(one)],
    ['rounds', one.rounds === 0 ? null : `what failed was asked again ${one.rounds} times`],
  ];
  for (const [name, value] of facts) if (value) print(`  ${name.padEnd(9)} ${value}`);
  print(`  runs      hera runs --operation ${one.operation}`);
  if (failedOf(one) > 0 && one.cancelledAt === null) print(`  again     hera backfill retry ${one.operation}`);
}

const paceWords = ({ parallel, window, zone, retries }: Backfill): string =>
  [
    `${parallel} at once`,
    ...(window === null ? [] : [`between ${window} in ${zone}`]),
    ...(retries === null ? [] : [`${retries} retries`]),
  ].join(', ');

/** Pauses a backfill, or lets it go on. */
export async function lead(terminal: Terminal, verb: 'pause' | 'resume', id: string): Promise<number> {
  const client = await connect(terminal);
  const seen = await (verb === 'pause' ? client.pauseBackfill(id) : client.resumeBackfill(id));
  terminal.json(seen);
  printBackfill(terminal, seen);
  return 0;
}

export type PaceOptions = Readonly<{ parallel?: number; window?: string; retries?: string | number }>;

/** Changes the pace; `none` takes a limit away. */
export async function setPace(
  terminal: Terminal,
  id: string,
  { parallel, window, retries }: PaceOptions,
): Promise<number> {
  const pace: PaceBody = {
    ...(parallel !== undefined && { parallel }),
    ...(window !== undefined && { window: window === 'none' ? null : window }),
    ...(retries !== undefined && { retries: retries === 'none' ? null : Number(retries) }),
  };
  const seen = await (await connect(terminal)).setBackfill(id, pace);
  terminal.json(seen);
  printBackfill(terminal, seen);
  return 0;
}

/** Runs what failed again, or ends the whole; plans first. */
export async function step(
  terminal: Terminal,
  verb: 'retry' | 'cancel',
  id: string,
  options: Agreement,
): Promise<number> {
  const client = await connect(terminal);
  const seen: OperationPlan = await client.stepBackfill(id, verb, null);
  printOperation(terminal, seen);
  if (seen.total === 0) terminal.say(verb === 'retry' ? 'nothing of it failed' : 'nothing of it is left to end');
  const hash = await agreedHash(terminal, seen, options, `${verb === 'retry' ? 'run' : 'end'} these ${seen.total}?`);
  const done = hash === null ? seen : await client.stepBackfill(id, verb, hash);
  terminal.json(done);
  if (done.operation !== null) terminal.print(`backfill ${id}; see how far it is with: hera backfill show ${id}`);
  return 0;
}
