import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { CannotStart } from './cannot-start.js';
import type { Progress } from './state-dir.js';

/** Under which account PostgreSQL's programs run. `wrap` gives the command line that starts one of them so. */
export type PostgresAccount = Readonly<{
  owner?: Readonly<{ uid: number; gid: number }>;
  wrap(command: string, args: readonly string[]): Launch;
}>;

export type Launch = Readonly<{
  command: string;
  args: readonly string[];
  account?: Readonly<{ uid: number; gid: number }>;
}>;

type Owner = Readonly<{ uid: number; gid: number }>;

/**
 * PostgreSQL refuses to run as root. Any other user runs it as oneself. For root: the owner of an existing `dataDir`, else the account
 * `postgres` or `hera`, else a new system account `hera`, else `nobody`.
 * Where that account cannot pass through the folders above (a clone below /root), it is lent CAP_DAC_OVERRIDE by setpriv(1): it can
 * then open files like root, but it is not root; everything else is dropped. Throws CannotStart when neither way works.
 */
export function choosePostgresAccount(
  places: Readonly<{ stateDir: string; dataDir: string; postgres: string }>,
  progress: Progress,
): PostgresAccount {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => ({ command, args }) };
  const owner = ownerOf(places.dataDir) ?? named('postgres') ?? named('hera') ?? created(progress) ?? named('nobody');
  if (!owner) throw refused('there is no account it could run under');
  const plain: PostgresAccount = { owner, wrap: (command, args) => ({ command, args, account: owner }) };
  const lent: PostgresAccount = { owner, wrap: (command, args) => withCapability(owner, command, args) };
  for (const account of [plain, lent]) if (reaches(account, places)) return account;
  throw refused(`the account with uid ${owner.uid} cannot reach ${places.stateDir} or ${places.postgres}`);
}

const refused = (why: string): CannotStart =>
  new CannotStart(
    'postgres',
    `PostgreSQL does not run as root, and ${why}`,
    'start Hera as an ordinary user, keep clone and --state-dir where other users may pass, or set DATABASE_URL',
  );

function withCapability(owner: Owner, command: string, args: readonly string[]): Launch {
  const only = '-all,+dac_override';
  const switches = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  return {
    command: 'setpriv',
    args: [...switches, `--inh-caps=${only}`, `--ambient-caps=${only}`, '--', command, ...args],
  };
}

/** Tries it: whether the account can run the program and pass into the state directory. */
function reaches(account: PostgresAccount, places: Readonly<{ stateDir: string; postgres: string }>): boolean {
  const works = (command: string, args: readonly string[]): boolean => {
    const launch = account.wrap(command, args);
    const tried = spawnSync(launch.command, [...launch.args], {
      ...launch.account,
      cwd: '/',
      stdio: 'ignore',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    return tried.status === 0;
  };
  return works(places.postgres, ['--version']) && works('/bin/sh', ['-c', 'cd -- "$1"', 'sh', places.stateDir]);
}

function ownerOf(dataDir: string): Owner | undefined {
  try {
    const { uid, gid } = statSync(dataDir);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

function named(name: string): Owner | undefined {
  const read = (flag: string): number =>
    Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10);
  const uid = read('-u');
  return Number.isInteger(uid) && uid !== 0 ? { uid, gid: read('-g') } : undefined;
}

function created(progress: Progress): Owner | undefined {
  const made = spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'hera'], {
    stdio: 'ignore',
  });
  if (made.status !== 0) return undefined;
  progress('PostgreSQL does not run as root: made the system account hera for it');
  return named('hera');
}
