import { printPeriodIn } from '../../compiler/calendar/index.js';
import type { JobSummary } from '../../runtime/api/contract.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { stateWord } from '../words.js';

export type JobsOptions = Readonly<{
  project?: string;
  folder?: string;
  owner?: string;
  tag?: string;
  group?: string;
  state?: string;
  limit: number;
  next?: boolean;
}>;

/** Lists the jobs in force. */
export async function jobs(
  terminal: Terminal,
  words: readonly string[],
  { limit, next = false, ...filter }: JobsOptions,
): Promise<number> {
  const client = await connect(terminal);
  const q = words.join(' ');
  const found: JobSummary[] = [];
  // Who fires first is known when all are known.
  const wanted = next ? Number.POSITIVE_INFINITY : limit;
  for (let cursor: string | null | undefined; cursor !== null && found.length < wanted; ) {
    const page = await client.jobs({
      ...filter,
      ...(q ? { q } : {}),
      limit: Math.min(200, wanted - found.length),
      ...(cursor ? { cursor } : {}),
    });
    found.push(...page.items);
    cursor = page.next;
  }
  if (next) return printNext(terminal, found, limit);
  terminal.json(found);
  const rows = found.map((job) => [
    job.job,
    job.enabled ? job.crons.join(', ') || (job.base ? `with ${job.base}` : 'by hand') : 'closed',
    job.nextRuns[0] ?? '',
    job.last.at(-1) ? stateWord(terminal.colors, job.last.at(-1)!.state) : '',
    job.machineGroup,
    job.owner ?? '',
    job.title ?? job.description ?? '',
  ]);
  if (rows.length === 0) terminal.print('no jobs');
  else
    for (const line of table(['JOB', 'FIRES', 'NEXT', 'LAST', 'GROUP', 'OWNER', 'ABOUT'], rows, terminal.columns))
      terminal.print(line);
  return 0;
}

/** The jobs that fire again, the next one first; jobs by hand and closed ones are left out. */
function printNext(terminal: Terminal, found: readonly JobSummary[], limit: number): number {
  const at = (job: JobSummary): string => job.nextRuns[0] ?? '';
  const firing = found
    .filter((job) => at(job) !== '')
    .sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : a.job < b.job ? -1 : 1))
    .slice(0, limit);
  terminal.json(firing);
  const rows = firing.map((job) => [
    printPeriodIn(job.zone, Date.parse(at(job))),
    job.zone,
    at(job),
    job.job,
    job.crons.join(', ') || `with ${job.base}`,
  ]);
  if (rows.length === 0) terminal.print('no job fires again');
  else for (const line of table(['NEXT', 'ZONE', 'UTC', 'JOB', 'FIRES'], rows, terminal.columns)) terminal.print(line);
  return 0;
}

/** One job as it is in force. */
export async function job(terminal: Terminal, name: string, options: Readonly<{ project?: string }>): Promise<number> {
  const found = await (await connect(terminal)).job(name, options.project);
  terminal.json(found);
  const { print, colors } = terminal;
  print(`${colors.bold(found.job)}${found.title ? `  ${found.title}` : ''}${found.enabled ? '' : '  (closed)'}`);
  if (found.description) print(`  ${found.description}`);
  const facts: [string, string][] = [
    ['file', `${found.file} at ${found.commit.slice(0, 12)}`],
    [
      'fires',
      found.crons.length > 0
        ? `${found.crons.join(', ')} (${found.zone})`
        : found.base
          ? `with ${found.base}`
          : 'by hand',
    ],
    ['next', found.nextRuns.join(', ')],
    ['needs', found.needs.map((need) => `${need.job} (${need.what})`).join(', ')],
    ['needed by', found.downstream.join(', ')],
    ['group', found.machineGroup],
    ['owner', found.owner ?? ''],
    ['tags', found.tags.join(', ')],
    ['runs', `${found.run.engine} ${found.run.path ?? '(inline)'}`],
  ];
  for (const [label, value] of facts) if (value) print(`  ${label.padEnd(9)} ${value}`);
  for (const run of found.last) print(`  ${run.period}  ${stateWord(colors, run.state)}  run ${run.run}`);
  return 0;
}

/** Applied commits, newest first. */
export async function deployments(
  terminal: Terminal,
  options: Readonly<{ project?: string; limit: number }>,
): Promise<number> {
  const { items } = await (await connect(terminal)).deployments({ ...options, limit: Math.min(200, options.limit) });
  terminal.json(items);
  const rows = items.map((one) => [
    one.id,
    `${one.commit.slice(0, 12)}${one.dirty ? ' (working tree)' : ''}`,
    one.inForceAt,
    `+${one.changes.added} ~${one.changes.changed} -${one.changes.removed}`,
    one.appliedBy,
    one.subject,
  ]);
  if (rows.length === 0) terminal.print('no deployments');
  else
    for (const line of table(['ID', 'COMMIT', 'IN FORCE SINCE', 'JOBS', 'BY', 'SUBJECT'], rows, terminal.columns))
      terminal.print(line);
  return 0;
}

/** Workers seen within a day. */
export async function machines(terminal: Terminal): Promise<number> {
  const { items } = await (await connect(terminal)).machines();
  terminal.json(items);
  const rows = items.map((one) => [
    one.host,
    String(one.pid),
    one.machineGroups.join(', '),
    one.alive ? terminal.colors.green('alive') : terminal.colors.red('silent'),
    String(one.running),
    one.renewedAt,
  ]);
  if (rows.length === 0) terminal.print('no worker was seen within a day');
  else
    for (const line of table(['HOST', 'PID', 'GROUPS', 'STATE', 'RUNNING', 'LAST HEARD'], rows, terminal.columns))
      terminal.print(line);
  return 0;
}
