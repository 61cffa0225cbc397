import { counted } from '../../compiler/check/counted.js';
import type { Freeze, FreezePlan } from '../../runtime/api/contract.js';
import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

type Chain = Readonly<{ upstreamOf?: string; downstreamOf?: string }>;
type Agreement = Chain & Readonly<{ plan?: string; yes?: boolean; project?: string }>;
export type FreezeOptions = Agreement & Readonly<{ reason: string; until?: string }>;
export type UnfreezeOptions = Agreement;

/** Plans a freeze, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function freeze(terminal: Terminal, named: string | undefined, options: FreezeOptions): Promise<number> {
  const scope = scopeOf(named, options);
  const client = await connect(terminal);
  const { reason, until = null, project } = options;
  const ask = (plan: string | null) => client.freeze({ project, scope, reason, until, plan });
  return planned(terminal, options, ask, 'freeze this?');
}

/** Plans the end of a freeze, and does it likewise. */
export async function unfreeze(
  terminal: Terminal,
  named: string | undefined,
  options: UnfreezeOptions,
): Promise<number> {
  const scope = scopeOf(named, options);
  const client = await connect(terminal);
  const ask = (plan: string | null) => client.unfreeze({ project: options.project, scope, plan });
  return planned(terminal, options, ask, 'end this freeze?');
}

/** One of the three ways to say what is meant. */
function scopeOf(named: string | undefined, { upstreamOf, downstreamOf }: Chain): string {
  const said = [
    ...(named === undefined ? [] : [named]),
    ...(upstreamOf === undefined ? [] : [`upstream-of:${upstreamOf}`]),
    ...(downstreamOf === undefined ? [] : [`downstream-of:${downstreamOf}`]),
  ];
  if (said.length === 1) return said[0]!;
  throw invalid(said.length === 0 ? 'nothing is named' : 'several things are named', {
    help: 'name one: project, group:NAME, folder:PATH, a job or folder; or --upstream-of JOB, --downstream-of JOB',
  });
}

async function planned(
  terminal: Terminal,
  { plan, yes }: Agreement,
  ask: (plan: string | null) => Promise<FreezePlan>,
  question: string,
): Promise<number> {
  const seen = await ask(null);
  printPlan(terminal, seen);
  const hash = plan ?? (yes ? seen.hash : await agreed(terminal, seen, question));
  if (hash === null) {
    terminal.json(seen);
    return 0;
  }
  const done = await ask(hash);
  terminal.json(done);
  for (const one of done.freezes) terminal.print(freezeLine(one));
  return 0;
}

async function agreed(terminal: Terminal, seen: FreezePlan, question: string): Promise<string | null> {
  if (terminal.isInteractive && !terminal.isJson) return (await terminal.confirm(question)) ? seen.hash : null;
  terminal.say(`nothing is done yet; to do it: --plan ${seen.hash}`);
  return null;
}

const SHOWN = 20;

function printPlan({ print, colors, columns }: Terminal, plan: FreezePlan): void {
  print(`${plan.kind}: ${counted(plan.jobs, 'job')}, ${counted(plan.total, 'open run')}, plan ${plan.hash}`);
  const rows = plan.runs.slice(0, SHOWN).map((one) => [`  ${one.job}`, one.period, one.action, colors.dim(one.why)]);
  if (rows.length > 0) for (const line of table(['  JOB', 'PERIOD', 'ACTION', 'WHY'], rows, columns)) print(line);
  if (plan.total > SHOWN) print(`  … and ${plan.total - SHOWN} more`);
  for (const note of plan.notes) print(`  note: ${note}`);
}

const scopeWords = ({ scope, subject }: Freeze): string =>
  scope === 'project' ? 'project' : scope === 'chain' ? subject : `${scope}:${subject}`;

const freezeLine = (one: Freeze): string =>
  one.endedAt === null
    ? `freeze ${one.id}: ${scopeWords(one)} is frozen${one.until === null ? '' : ` until ${one.until}`}`
    : `freeze ${one.id}: ${scopeWords(one)} is frozen no more`;

/** What is frozen. */
export async function freezes(
  terminal: Terminal,
  { project, ended = false }: Readonly<{ ended?: boolean; project?: string }>,
): Promise<number> {
  const { items } = await (await connect(terminal)).freezes({ project, ended });
  terminal.json(items);
  const rows = items.map((one) => [
    one.id,
    scopeWords(one),
    one.by,
    one.at,
    one.endedAt === null ? (one.until ?? 'somebody ends it') : `ended ${one.endedAt} by ${one.endedBy}`,
    one.reason,
  ]);
  if (rows.length === 0) terminal.print('nothing is frozen');
  else
    for (const line of table(['ID', 'WHAT', 'BY', 'SINCE', 'UNTIL', 'REASON'], rows, terminal.columns))
      terminal.print(line);
  return 0;
}
