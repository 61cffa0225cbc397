import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { counted } from '../../compiler/check/counted.js';
import { type Webhook, webhookOf } from '../../runtime/alerts/webhook.js';
import { createClient } from '../../runtime/api/client.js';
import { openStateDir, type StateDir, startEmbedded } from '../../runtime/embedded/index.js';
import { Failure, unavailable } from '../../runtime/errors.js';
import { workingTree } from '../../runtime/git/commit.js';
import { openLog } from '../../runtime/log.js';
import { startServer } from '../../runtime/server.js';
import { readAssignments } from '../assignments.js';
import { type LocalCommit, readLocalCommit, withBundle } from '../commit.js';
import { dropContext, keepContext } from '../contexts.js';
import { endProcess, endServer, IN_ORDER_MS } from '../end-server.js';
import { LOCAL_ACCOUNT, registerLocal } from '../local-server.js';
import { embeddedWorker } from '../local-worker.js';
import { untilAsked } from '../signals.js';
import { stateDirOf } from '../state-dir.js';
import type { Terminal } from '../terminal.js';

export type UpOptions = Readonly<{
  port?: number;
  keepLogs?: number;
  region?: string;
  keepHistory?: number;
  stateDir?: string;
  env: readonly string[];
  dirty?: boolean;
  pages: boolean;
}>;

// With three seconds of the worker and those of the servers themselves, all has ended within ten.
const BROKEN_MS = 4_000;

/** All of Hera on this machine, in this process and its children, until Ctrl-C or `hera down`. */
export async function up(terminal: Terminal, dir: string, options: UpOptions): Promise<number> {
  readAssignments(options.env);
  const alerts = webhookOf(terminal.env.alertUrl, terminal.env.alertSecret);
  const asked = untilAsked();
  const say = (line: string): void => terminal.say(line);
  const state = await openStateDir(stateDirOf(terminal, dir, options.stateDir), say);
  const closers: (() => unknown)[] = [() => state.release()];
  // A part that ends by itself cannot be mended from here: what is left is ended in order, and the next start finds everything.
  let isBroken = false;
  let tellBroken: (why: string) => void = () => {};
  const broken = new Promise<string>((resolve) => {
    tellBroken = (why) => {
      isBroken = true;
      resolve(why);
    };
  });
  // Said at once, also in the middle of a start: what is being started is awaited, since only what stands can be ended in order.
  let signal: NodeJS.Signals | undefined;
  const ended = asked.then((name) => {
    signal = name;
    say(`${name}: ending …`);
    return 0;
  });
  let isServerLeft = false;
  const endProcessAtEnd = (): void => {
    isServerLeft = true;
  };
  const isWanted = (): boolean => signal === undefined;
  try {
    await start(terminal, {
      dir,
      options,
      alerts,
      state,
      closers,
      tellBroken,
      isBroken: () => isBroken,
      endProcessAtEnd,
      isWanted,
    }).catch((error: unknown) => {
      // Ctrl-C reaches the git of the terminal's group too: that something failed then is no news.
      if (isWanted()) throw error;
    });
    return await Promise.race([ended, broken.then((why) => tellEnd(say, why))]);
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch((error: unknown) => say(String(error)));
    if (isServerLeft) endProcess();
  }
}

/** Nobody asked for this end: whoever supervises us is told by the exit code, a person by the remedy. */
function tellEnd(say: Terminal['say'], why: string): number {
  say(`${why}: ending …`, `its log is in the state directory; start again with \`hera up\``);
  return 1;
}

type Start = Readonly<{
  dir: string;
  options: UpOptions;
  alerts: Webhook | undefined;
  state: StateDir;
  /** What to do at the end, last first. */
  closers: (() => unknown)[];
  tellBroken(why: string): void;
  isBroken(): boolean;
  /** The server was left as it is: this process ends without it. */
  endProcessAtEnd(): void;
  /** False once somebody asked for the end: the steps that are left are not taken. */
  isWanted(): boolean;
}>;

async function start(
  terminal: Terminal,
  { dir, options, alerts, state, closers, tellBroken, isBroken, endProcessAtEnd, isWanted }: Start,
): Promise<void> {
  const say = (line: string): void => terminal.say(line);
  const local = await projectOf(terminal, dir, options.dirty ?? false);
  const embedded = await startEmbedded({
    stateDir: state,
    env: terminal.env.all,
    progress: say,
    onExit: (name, detail) => tellBroken(`${name} ended by itself (${detail})`),
  });
  closers.push(() => embedded.stop());
  if (!isWanted()) return;
  const { databaseUrl, temporalAddress } = embedded;
  const namespace = terminal.env.temporalNamespace;
  const log = openLog({ name: 'server', level: 'info', file: state.file('logs', 'server.log') });
  const port = options.port ?? state.port('server') ?? 8620;
  const server = await startOnPort(options.port === undefined ? [port, 0] : [port], (chosen) =>
    startServer({
      databaseUrl,
      temporalAddress,
      namespace,
      stateDir: state.path,
      port: chosen,
      pages: options.pages,
      log,
      ...(options.keepLogs === undefined ? {} : { keepLogsDays: options.keepLogs }),
      ...(options.region === undefined ? {} : { region: options.region === 'none' ? null : options.region }),
      ...(options.keepHistory === undefined ? {} : { keepHistoryDays: options.keepHistory }),
      allowDirty: true,
      alerts,
      onBroken: tellBroken,
    }),
  );
  closers.push(async () => {
    if (!(await endServer(server, isBroken() ? BROKEN_MS : IN_ORDER_MS))) endProcessAtEnd();
  });
  if (!isWanted()) return;
  state.rememberPort('server', server.port);
  const cli = `hera_${state.secretFile('cli-token').value}`;
  const machine = state.secretFile('machine-token');
  const machineGroups = [...new Set(['default', ...(local?.machineGroups ?? [])])];
  await registerLocal(databaseUrl, { cli, machine: machine.value, machineGroups });
  const worker = await embeddedWorker({
    state,
    url: server.url,
    temporalAddress,
    namespace,
    tokenFile: machine.path,
    machineGroups,
    env: options.env,
    surroundings: terminal.env.all,
    say,
  });
  closers.push(() => (isBroken() ? worker.stopInVain() : worker.stop()));
  if (!isWanted()) return;
  const context = `up:${state.path}`;
  keepContext(terminal.env, context, { url: server.url, token: cli, directory: resolve(terminal.cwd, dir) });
  closers.push(() => dropContext(terminal.env, context));
  const client = createClient({ url: server.url, token: cli });
  if (local) await deploy(terminal, client, local);
  const link = await client.signInLink(LOCAL_ACCOUNT);
  const url = new URL(link.path, server.url).href;
  state.announce({ url: server.url });
  terminal.json({ url: server.url, signIn: url, stateDir: state.path });
  terminal.print(`hera answers at ${server.url}`);
  terminal.print(`sign in (once, within ten minutes): ${url}`);
  say('this Temporal and this server trust every process of this machine; Ctrl-C or `hera down` ends them');
}

/** The first port that can be had; the last one's failure is the answer. */
async function startOnPort<T>(ports: readonly number[], open: (port: number) => Promise<T>): Promise<T> {
  for (const [at, port] of ports.entries()) {
    try {
      return await open(port);
    } catch (error) {
      const isTaken = (error as { code?: string }).code === 'EADDRINUSE';
      if (isTaken && at === ports.length - 1)
        throw unavailable(`port ${port} is in use`, {
          help: 'end what holds it, or give another --port',
          cause: error,
        });
      if (!isTaken) throw error;
    }
  }
  throw new Error('no port was given');
}

/** The project of a directory, if it is one. What is not committed is deployed only when asked; else what HEAD has. */
async function projectOf(terminal: Terminal, dir: string, dirty: boolean): Promise<LocalCommit | null> {
  const root = resolve(terminal.cwd, dir);
  const isProject = ['ts', 'yaml', 'yml'].some((end) => existsSync(join(root, `hera.project.${end}`)));
  if (!isProject || !(await workingTree(root))) {
    terminal.say(
      isProject
        ? `${dir} is not in a git repository yet: nothing is deployed`
        : `${dir} has no hera.project.yaml or .ts: nothing is deployed`,
    );
    return null;
  }
  try {
    const local = await readLocalCommit(terminal, dir, dirty);
    if (local === null)
      terminal.say('nothing is deployed: what is in force, if anything, stays; mend it and `hera apply`');
    return local;
  } catch (error) {
    terminal.say(`nothing is deployed: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** HEAD may not be in force (a rollback stands, another branch deploys): what is in force stays, and that is no failure of the start. */
function whyNot(terminal: Terminal, error: unknown): null {
  if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
  terminal.say(`nothing is deployed: ${error.message}${error.more.help ? `; ${error.more.help}` : ''}`);
  return null;
}

async function deploy(terminal: Terminal, client: ReturnType<typeof createClient>, local: LocalCommit): Promise<void> {
  const { planned, diagnostics } = await withBundle(client, local, (commit) => client.plan(commit));
  if (!planned) {
    const wrong = diagnostics.filter((diagnostic) => (diagnostic as { severity?: string }).severity === 'error').length;
    terminal.say(
      `${local.project} ${local.commit.slice(0, 12)} does not compile (${wrong} errors): nothing is deployed; see them: hera validate`,
    );
    return;
  }
  // A project's first deployment begins with now: what came before it is nothing to wait for.
  const isFirst = planned.on === null;
  const done = await withBundle(client, local, (commit) => client.apply(commit, planned.on, false, isFirst)).catch(
    (error: unknown) => whyNot(terminal, error),
  );
  if (done === null) return;
  const jobs = done.planned.changes.length;
  const what = `${local.project} ${local.commit.slice(0, 12)}${local.dirty ? ' (working tree)' : ''}`;
  terminal.say(done.already ? `${what} is in force` : `${what} is in force now: ${counted(jobs, 'job')} changed`);
  if (done.marked > 0)
    terminal.say(
      `  ${counted(done.marked, 'period')} from before, which next runs would await in vain, marked succeeded`,
    );
}
