import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isZone } from '../../compiler/calendar/index.js';
import { counted } from '../../compiler/check/counted.js';
import { invalid } from '../../runtime/errors.js';
import { workingTree } from '../../runtime/git/commit.js';
import { askGit, git } from '../../runtime/git/git.js';
import { projectFiles } from '../init-files.js';
import type { Terminal } from '../terminal.js';

export type InitOptions = Readonly<{ name?: string; zone?: string; calendar?: string }>;

/** Workday calendars that come with Hera, by country. In the source tree and in dist/ they lie at the same place. */
const CALENDARS: Readonly<Record<string, string>> = { cn: 'cn-workdays.yaml' };
const calendarFile = (name: string): URL => new URL(`../../examples/calendars/${name}`, import.meta.url);

/** Writes a small working project and commits it; never overwrites a file. Needs no network. */
export async function init(terminal: Terminal, dir: string, options: InitOptions): Promise<number> {
  const root = resolve(terminal.cwd, dir);
  if (existsSync(root) && readdirSync(root).some((name) => name.startsWith('hera.project.')))
    throw invalid(`${dir} is a Hera project already`, { help: 'hera validate looks at it' });
  const name = options.name ?? nameOf(basename(root));
  if (!/^[a-z0-9-]{1,30}$/.test(name))
    throw invalid(`${JSON.stringify(name)} is no project name`, { help: 'a to z, 0 to 9 and -, at most 30' });
  if (options.zone !== undefined && !isZone(options.zone))
    throw invalid(`${JSON.stringify(options.zone)} is no time zone`, { help: 'an IANA name, such as Asia/Shanghai' });
  const calendars = calendarFiles(options.calendar);
  mkdirSync(root, { recursive: true });
  const zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const files = { ...projectFiles(name, zone), ...calendars };
  const written = Object.entries(files).filter(([path, text]) => writeNew(join(root, path), text));
  const isFresh = (await workingTree(root)) === undefined;
  if (isFresh) await git(['init', '--quiet', '--initial-branch=main'], { cwd: root });
  const committed = await commit(
    root,
    written.map(([path]) => path),
  );
  terminal.json({ dir: root, project: name, files: written.map(([path]) => path), committed });
  terminal.print(`${name}: ${counted(written.length, 'file')}${committed ? ', committed' : ''}`);
  if (!committed) terminal.say('not committed: git commit failed (is user.name set?)');
  const there = relative(terminal.cwd, root);
  terminal.print('', 'next:', ...(there === '' ? [] : [`  cd ${inShell(there)}`]));
  terminal.print('  hera validate', '  hera up', '  hera run sales/extract --follow');
  return 0;
}

function calendarFiles(country: string | undefined): Readonly<Record<string, string>> {
  if (country === undefined) return {};
  const name = Object.hasOwn(CALENDARS, country) ? CALENDARS[country] : undefined;
  if (name === undefined)
    throw invalid(`there is no workday calendar ${JSON.stringify(country)}`, {
      help: `there are: ${Object.keys(CALENDARS).join(', ')}; write another one by docs/language.md: calendars/NAME.yaml`,
    });
  return { [`calendars/${name}`]: readFileSync(calendarFile(name), 'utf8') };
}

/** As a shell takes it: quoted where it must be. */
const inShell = (path: string): string => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const nameOf = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30) || 'warehouse';

function writeNew(path: string, text: string): boolean {
  if (existsSync(path)) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return true;
}

async function commit(root: string, paths: readonly string[]): Promise<boolean> {
  if (paths.length === 0) return false;
  await git(['add', '--', ...paths], { cwd: root });
  const known = await askGit(['config', '--get', 'user.name'], { cwd: root });
  // A machine where nobody told git his name still gets a first commit.
  const identity = known.code === 0 ? [] : ['-c', 'user.name=hera', '-c', 'user.email=hera@localhost'];
  const answer = await askGit([...identity, 'commit', '--quiet', '--message', 'A Hera project', '--', ...paths], {
    cwd: root,
  });
  return answer.code === 0;
}
