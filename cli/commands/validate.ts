import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Checked, compile, type FormatName, renderDiagnostics } from '../../compiler/index.js';
import { invalid } from '../../runtime/errors.js';
import { workingTree } from '../../runtime/git/commit.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import { VERSION } from '../../runtime/version.js';
import { type Destination, parseDestinations, withoutCommands } from '../formats.js';
import type { Terminal } from '../terminal.js';

export type ValidateOptions = Readonly<{ format?: string; output?: string; watch?: boolean }>;

/** Compiles the files of a directory as they are and says what is wrong; exit 1 with errors. Needs no server. */
export async function validate(terminal: Terminal, dir: string, options: ValidateOptions): Promise<number> {
  if (terminal.isJson && options.format !== undefined && options.format !== 'json')
    throw invalid('--json and --format say two things', { help: 'write one: --format json is --json' });
  if (options.watch) {
    if ((options.format ?? 'text') !== 'text' || options.output !== undefined)
      throw invalid('--watch prints text, or JSON with --json', { help: 'leave --format and --output out' });
    const { validateAgain } = await import('./validate-again.js');
    return await validateAgain(terminal, resolve(terminal.cwd, dir));
  }
  const destinations = parseDestinations(options.format ?? (terminal.isJson ? 'json' : 'text'), options.output);
  const folder = resolve(terminal.cwd, dir);
  const tree = await readDirectory(folder);
  const { manifest, diagnostics } = await compile(tree);
  const project = manifest && {
    name: manifest.project.name,
    jobs: manifest.jobs.length,
    timetables: manifest.timetables.length,
  };
  const under = (await workingTree(folder))?.under ?? '';
  const checked: Checked = { diagnostics, tree, project, under, version: VERSION };
  for (const destination of destinations) await deliver(terminal, checked, destination, destinations);
  return manifest ? 0 : 1;
}

async function deliver(
  terminal: Terminal,
  checked: Checked,
  { format, file }: Destination,
  all: readonly Destination[],
): Promise<void> {
  if (file !== null) {
    const path = resolve(terminal.cwd, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, renderDiagnostics(format, checked));
    terminal.say(`${format}: ${file}`);
  } else {
    const isLog = all.some((one) => one.format === 'github' && one.file === null);
    const text = renderDiagnostics(format, checked, {
      color: terminal.colors.isColorSupported,
      width: terminal.columns,
    });
    terminal.write(Buffer.from(isLog && format === 'text' ? withoutCommands(text) : text));
  }
  if (format === 'github') await summarize(terminal, checked);
}

/** The page of a step in GitHub Actions has no limit of ten: all of it stands there too. */
async function summarize(terminal: Terminal, checked: Checked): Promise<void> {
  const file = terminal.env.all.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const markdown: FormatName = 'markdown';
  await appendFile(file, renderDiagnostics(markdown, checked));
}
