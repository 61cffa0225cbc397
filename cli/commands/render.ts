import { resolve } from 'node:path';
import { type Compiled, compile, jobNamed, nearest, type Preview, previewOf } from '../../compiler/index.js';
import { firingCalendar } from '../../compiler/manifest/index.js';
import { meantPeriod } from '../../runtime/api/meant-period.js';
import { invalid, notFound } from '../../runtime/errors.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import { foundLines } from '../found-lines.js';
import type { Terminal } from '../terminal.js';

type Options = Readonly<{ period: string; fragment?: string; region?: string; command?: boolean }>;

/**
 * Prints the script of a job as it would run for a period, byte for byte, and says on standard error what else to know of it. Exit 1 when the
 * project has errors, or when something cannot be rendered for this period.
 */
export async function render(terminal: Terminal, names: readonly string[], options: Options): Promise<number> {
  const [dir, name] = names.length > 1 ? names : ['.', ...names];
  if (name === undefined || names.length > 2)
    throw invalid(`${names.length} names are given`, { help: 'name a job, or a project and a job' });
  const tree = await readDirectory(resolve(terminal.cwd, dir ?? '.'));
  const compiled = await compile(tree);
  if (!compiled.manifest) {
    terminal.say(...foundLines(terminal, compiled.diagnostics, tree));
    return 1;
  }
  const preview = previewNamed(compiled, name, options);
  terminal.json(preview);
  if (!terminal.isJson) (options.command ? printCommand : print)(terminal, preview);
  return preview.faults.length > 0 ? 1 : 0;
}

function previewNamed(
  { manifest, blobs }: Compiled,
  name: string,
  { period, fragment, region = '' }: Options,
): Preview {
  const { jobs } = manifest!;
  const job = jobNamed(jobs, name);
  if (!job) {
    const guess = nearest(
      name,
      jobs.map(({ id }) => id),
    );
    const help = guess === undefined ? '`hera compile` lists the jobs' : `did you mean ${guess}?`;
    throw notFound(`there is no job ${JSON.stringify(name)}`, { help });
  }
  const calendar = firingCalendar(new Map(jobs.map((one) => [one.id, one])), job);
  const instant = meantPeriod({ path: job.id, zone: job.zone, calendar }, period).getTime();
  const script = new TextDecoder().decode(blobs.get(job.run.script.sha256));
  return previewOf(job, script, { calendar, period: instant, now: Date.now(), region: region || null }, fragment);
}

/** The command line alone on standard output, ready to be read or pasted; what lies beside it on standard error. */
function printCommand(terminal: Terminal, { command, files, env, faults }: Preview): void {
  const { dim, red } = terminal.colors;
  if (command !== null) terminal.print(command.text);
  if (files.length > 0) terminal.say(`${dim('beside it:')} ${files.join(', ')}`);
  for (const [name, value] of Object.entries(env)) terminal.say(`${dim('environment:')} ${name}=${value}`);
  for (const fault of faults) terminal.say(`${red('cannot be rendered')}: ${fault}`);
}

function print(terminal: Terminal, preview: Preview): void {
  const output = terminal.openOutput();
  output.write(Buffer.from(preview.script));
  // A file or a pipe gets the script and nothing else.
  if (terminal.columns !== undefined && !preview.script.endsWith('\n')) output.write(Buffer.from('\n'));
  output.end();
  const { dim, yellow, red } = terminal.colors;
  const note = (what: string, values: readonly string[]): void =>
    values.length === 0 ? undefined : terminal.say(`${dim(`${what}:`)} ${values.join(', ')}`);
  note('arguments', preview.args.map(quoted));
  for (const [name, value] of Object.entries(preview.env)) terminal.say(`${dim('environment:')} ${name}=${value}`);
  note('known when it runs', preview.later);
  note('left for the shell', preview.left);
  note('masked', preview.masked);
  for (const mark of preview.realTime) terminal.say(`${yellow('of the real time')}: ${placeOf(mark, preview)}`);
  for (const fault of preview.faults) terminal.say(`${red('cannot be rendered')}: ${fault}`);
}

const quoted = (text: string): string => JSON.stringify(text);

/** Where a mark stands, and what. */
function placeOf({ in: where, offset, length }: Preview['realTime'][number], { script, args, env }: Preview): string {
  const [kind, name] = [where.split('.')[0], where.slice(where.indexOf('.') + 1)];
  if (kind === 'args')
    return `argument ${Number(name) + 1}, ${quoted(args[Number(name)]!.slice(offset, offset + length))}`;
  if (kind === 'env') return `environment ${name}, ${quoted(env[name]!.slice(offset, offset + length))}`;
  if (kind === 'run') return `the field ${name} of the engine`;
  return `line ${script.slice(0, offset).split('\n').length}, ${quoted(script.slice(offset, offset + length))}`;
}
