import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conflict, invalid } from '../errors.js';
import { askGit, git } from './git.js';

// The hooks of a bare repository: two small shell scripts that call `hera hook receive`, beside what they need to know.
// A hook that was there before stays beside ours and runs first.

const STAGES = ['pre-receive', 'post-receive'] as const;
export type Stage = (typeof STAGES)[number];

/** What the hooks of a repository know, as `hera/hook.json` (readable by whoever may push; no secret in it). */
export type HookSettings = Readonly<{
  /** The server; null: pushes are only compiled. */
  url: string | null;
  /** The project that the repository holds; null: whatever its project file says. */
  project: string | null;
  /** The one branch that deploys. */
  branch: string;
  /** The project's folder in the repository; `''`: its root. */
  under: string;
  /** The longest that a push waits for the server. */
  limitSeconds: number;
  /** The server's number of the hook's own token, so that removing the hook revokes it; null: it has none. */
  tokenId: string | null;
  /** Whether the server reads this repository itself, and so deploys what post-receive could not. */
  followed: boolean;
}>;

/** The absolute git directory of a bare repository. Throws `invalid` for anything else. */
export async function bareRepository(dir: string): Promise<string> {
  const answer = await askGit(['rev-parse', '--is-bare-repository', '--absolute-git-dir'], { cwd: dir }).catch(
    () => undefined,
  );
  const [bare, path] = answer?.stdout.toString('utf8').trim().split('\n') ?? [];
  if (answer?.code === 0 && bare === 'true' && path) return path;
  throw invalid(`${dir} is no bare repository`, {
    help: 'hooks belong where people push to: git init --bare shop.git',
  });
}

/** Settings of the hooks of a repository; undefined when it has none. */
export async function readHookSettings(repo: string): Promise<HookSettings | undefined> {
  const text = await readFile(settingsFile(repo), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as HookSettings);
}

/** The hook's own token; undefined when there is none, or this account may not read it. */
export const readHookToken = async (repo: string): Promise<string | undefined> =>
  (await readFile(tokenFile(repo), 'utf8').catch(() => undefined))?.trim() || undefined;

/**
 * Writes hooks, settings and token (0600). Asked again, it writes the same again. `command`: how the hooks start `hera`.
 * Throws `conflict` when hooks here would not run, or an older hook is in the way twice.
 */
export async function installHooks(
  repo: string,
  settings: HookSettings,
  token: string | null,
  command: readonly string[],
): Promise<void> {
  await refuseHooksElsewhere(repo);
  const hooks = join(repo, 'hooks');
  await mkdir(hooks, { recursive: true });
  for (const stage of STAGES) await keepOlder(join(hooks, stage));
  await mkdir(join(repo, 'hera'), { recursive: true });
  await writeWhole(settingsFile(repo), `${JSON.stringify(settings, null, 2)}\n`, 0o644);
  if (token === null) await rm(tokenFile(repo), { force: true });
  else await writeWhole(tokenFile(repo), `${token}\n`, 0o600);
  // Lets a pusher say `git push -o allow-prune`.
  await git(['config', 'receive.advertisePushOptions', 'true'], { cwd: repo });
  for (const stage of STAGES) await writeWhole(join(hooks, stage), script(stage, command), 0o755);
}

/** Takes hooks, settings and token away, and puts older hooks back. Without hooks of ours: false, and nothing is done. */
export async function removeHooks(repo: string): Promise<boolean> {
  let found = false;
  for (const stage of STAGES) {
    const hook = join(repo, 'hooks', stage);
    if (!(await isOurs(hook))) continue;
    found = true;
    await rm(hook);
    if (existsSync(olderOf(hook))) await rename(olderOf(hook), hook);
  }
  await rm(join(repo, 'hera'), { recursive: true, force: true });
  return found;
}

const settingsFile = (repo: string): string => join(repo, 'hera', 'hook.json');
const tokenFile = (repo: string): string => join(repo, 'hera', 'token');
const olderOf = (hook: string): string => `${hook}.before-hera`;

const MARK = '# Written by `hera hook install`; `hera hook remove` takes it away.';

const isOurs = async (hook: string): Promise<boolean> => (await readFile(hook, 'utf8').catch(() => '')).includes(MARK);

async function keepOlder(hook: string): Promise<void> {
  if (!existsSync(hook) || (await isOurs(hook))) return;
  if (existsSync(olderOf(hook)))
    throw conflict(`${hook} is another hook, and ${olderOf(hook)} is kept already`, {
      help: 'make one of the two, then run this again',
    });
  await rename(hook, olderOf(hook));
}

/** Where git is told to look for hooks elsewhere, ours would lie here and never run. */
async function refuseHooksElsewhere(repo: string): Promise<void> {
  const listed = await askGit(['config', '--show-scope', '--get-all', 'core.hooksPath'], { cwd: repo });
  const other = listed.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    // Ours, given by the command line, is no setting of the repository.
    .findLast(([scope]) => scope !== undefined && scope !== '' && scope !== 'command');
  if (other?.[1] === undefined || other[1] === 'hooks') return;
  throw conflict(`git looks for the hooks of ${repo} in ${other[1]} (core.hooksPath, ${other[0]})`, {
    help: `let it look here: git -C ${repo} config core.hooksPath hooks`,
  });
}

// Beside and renamed: a push in this moment finds the old hook or the new one, never half of it.
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

// A hook that cannot find hera refuses: a push that nobody checked must not pass for one that was.
const script = (stage: Stage, command: readonly string[]): string => `#!/bin/sh
${MARK}
# A hook that was here before is kept as ${stage}.before-hera and runs first.
updates=$(cat)
if [ -x "$0.before-hera" ]; then
  printf '%s\\n' "$updates" | "$0.before-hera" "$@" || exit $?
fi
if [ -x ${quoted(command[0]!)} ]; then
  printf '%s\\n' "$updates" | ${command.map(quoted).join(' ')} hook receive ${stage}
elif command -v hera >/dev/null 2>&1; then
  printf '%s\\n' "$updates" | hera hook receive ${stage}
else
  echo 'hera is not installed here any more: run \`hera hook install\` again, or \`hera hook remove\`' >&2
  exit 1
fi
`;
