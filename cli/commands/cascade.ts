import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../runtime/api/client.js';
import type { Cascade, CascadeDetail } from '../../runtime/api/contract.js';
import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { type Agreement, doPlanned } from '../repair-plan.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { printStates, stateWord } from '../words.js';

export type CascadeOptions = Agreement &
  Readonly<{
    folder: readonly string[];
    job?: string;
    depth?: number;
    until?: string;
    onlyFailed?: boolean;
    inFlight: 'wait' | 'cancel';
    wait?: boolean;
    project?: string;
  }>;

/** Plans a cascade, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function cascade(
  terminal: Terminal,
  periods: readonly string[],
  options: CascadeOptions,
): Promise<number> {
  if (periods.length === 0)
    throw invalid('a cascade begins somewhere', { help: 'hera cascade JOB@PERIOD; hera cascade --help has examples' });
  const client = await connect(terminal);
  const { folder: folders, job, depth = null, until = null, onlyFailed = false, inFlight, project } = options;
  const body = { project, periods, folders, jobs: job ?? null, depth, until, onlyFailed, inFlight };
  const done = await doPlanned(terminal, options, (plan) => client.cascade({ ...body, plan }), {
    question: (plan) => `run these ${plan.total}?`,
    nothing: 'nothing to run: nothing of that failed',
  });
  if (done === undefined) return 0;
  const { operation } = done;
  if (!options.wait || operation === null) {
    terminal.json(done);
    terminal.print(`cascade ${operation}; see how far it is with: hera cascade show ${operation}`);
    return 0;
  }
  const { states, progress } = await untilCascadeRests(client, operation);
  terminal.json({ ...done, states, progress });
  if (progress === 'stopped') terminal.say(`  it is stopped; when that is repaired: hera cascade resume ${operation}`);
  return printStates(terminal, states);
}

/** Resumes a cascade, or cancels the whole of it. */
export async function change(
  terminal: Terminal,
  verb: 'resume' | 'cancel',
  id: string,
  agreement: Agreement,
): Promise<number> {
  const client = await connect(terminal);
  const done = await doPlanned(terminal, agreement, (plan) => client.changeCascade(id, verb, plan), {
    question: () => `${verb} cascade ${id}?`,
    nothing: 'nothing is to be done',
  });
  if (done === undefined) return 0;
  terminal.json(done);
  terminal.print(`cascade ${id}: ${verb === 'resume' ? 'goes on' : 'is being ended'}; see: hera cascade show ${id}`);
  return 0;
}

/** How far one is. */
export async function show(terminal: Terminal, id: string): Promise<number> {
  const client = await connect(terminal);
  const seen = await client.cascadeOf(id, { limit: 1000 });
  terminal.json(seen);
  terminal.print(lineOf(seen).join('  '));
  for (const line of membersOf(terminal, seen)) terminal.print(line);
  if (seen.members > seen.items.length) terminal.print(`  … and ${seen.members - seen.items.length} more`);
  if (seen.progress === 'stopped') terminal.say(`  when what failed is repaired: hera cascade resume ${id}`);
  return 0;
}

const membersOf = ({ colors }: Terminal, { items }: CascadeDetail): readonly string[] =>
  table(
    ['  JOB', 'PERIOD', 'STATE', 'RUN', 'WHY'],
    items.map((one) => [`  ${one.job}`, one.period, stateWord(colors, one.state), one.run ?? '', colors.dim(one.why)]),
  );

/** All of them, newest first. */
export async function cascades(
  terminal: Terminal,
  { limit, project }: Readonly<{ limit: number; project?: string }>,
): Promise<number> {
  const { items } = await (await connect(terminal)).cascades({ limit, project });
  terminal.json(items);
  if (items.length === 0) terminal.print('no cascade was asked yet');
  else
    for (const line of table(['ID', 'PROGRESS', 'BEGAN WITH', 'STATES', 'BY', 'ASKED'], items.map(lineOf)))
      terminal.print(line);
  return 0;
}

function lineOf({ operation, progress, starts, states, askedBy, askedAt }: Cascade): string[] {
  const [first, ...others] = starts;
  const began =
    first === undefined ? '' : `${first.job}@${first.period}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  const told = Object.entries(states).map(([state, n]) => `${n} ${state}`);
  return [operation, progress, began, told.join(', '), askedBy, askedAt];
}

const [FIRST_MS, MOST_MS] = [200, 2_000];

/** Waits until a cascade has ended, or nothing of it goes on any more. */
async function untilCascadeRests(client: Client, id: string): Promise<Cascade> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 1.5)) {
    const seen = await client.cascadeOf(id, { limit: 1 });
    if (seen.finishedAt !== null || seen.progress === 'stopped') return seen;
    await delay(waitMs);
  }
}
