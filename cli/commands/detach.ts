import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../runtime/api/client.js';
import { StateDirInUse, stateDirHolder } from '../../runtime/embedded/state-dir.js';
import { unavailable } from '../../runtime/errors.js';
import { readContexts } from '../contexts.js';
import { heraCommand } from '../entry.js';
import { LOCAL_ACCOUNT } from '../local-server.js';
import { stateDirOf } from '../state-dir.js';
import type { Terminal } from '../terminal.js';
import type { UpOptions } from './up.js';

const LOOK_MS = 100;
const READY_MS = 180_000;

/** `hera up` in the background: returns when it answers. Its words go to `logs/up.log` in the state directory. */
export async function detach(terminal: Terminal, dir: string, options: UpOptions): Promise<number> {
  const state = stateDirOf(terminal, dir, options.stateDir);
  const running = stateDirHolder(state);
  if (running) throw new StateDirInUse(state, running.pid, running.url);
  mkdirSync(join(state, 'logs'), { recursive: true, mode: 0o700 });
  const file = join(state, 'logs', 'up.log');
  const log = openSync(file, 'w', 0o600);
  const { command, args } = heraCommand(['up', dir, '--state-dir', state, ...flags(options)]);
  const child = spawn(command, [...args], { cwd: terminal.cwd, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let over = false;
  child.once('exit', () => {
    over = true;
  });
  const deadline = Date.now() + READY_MS;
  for (let url: string | undefined; url === undefined; url = stateDirHolder(state)?.url) {
    if (over || Date.now() > deadline) {
      // Nothing is left behind that answers later, unasked.
      if (!over) child.kill('SIGTERM');
      throw unavailable('hera did not start', {
        help: `its words are in ${file}:\n${readFileSync(file, 'utf8').slice(-2000)}`,
      });
    }
    await delay(LOOK_MS);
  }
  child.unref();
  tellUndeployed(terminal, readFileSync(file, 'utf8'));
  return tellReady(terminal, state);
}

/** That nothing was put in force, and why, is for whoever started it: nobody reads a log that they do not expect to say so. */
function tellUndeployed(terminal: Terminal, said: string): void {
  const before = said.slice(0, said.search(/^(hera answers at |\{)/m));
  if (/nothing is deployed/.test(before)) terminal.say(...before.trimEnd().split('\n'));
}

async function tellReady(terminal: Terminal, state: string): Promise<number> {
  const connection = readContexts(terminal.env).contexts[`up:${state}`];
  if (!connection)
    throw unavailable('hera started, but its connection is not kept', { help: `look into ${terminal.env.configDir}` });
  const link = await createClient(connection).signInLink(LOCAL_ACCOUNT);
  const url = new URL(link.path, connection.url).href;
  terminal.json({ url: connection.url, signIn: url, stateDir: state, pid: stateDirHolder(state)?.pid });
  terminal.print(`hera answers at ${connection.url}`);
  terminal.print(`sign in (once, within ten minutes): ${url}`);
  return 0;
}

const flags = (options: UpOptions): readonly string[] => [
  ...(options.port === undefined ? [] : ['--port', String(options.port)]),
  ...options.env.flatMap((pair) => ['--env', pair]),
  ...(options.region === undefined ? [] : ['--region', options.region]),
  ...(options.keepLogs === undefined ? [] : ['--keep-logs', String(options.keepLogs)]),
  ...(options.dirty ? ['--dirty'] : []),
  ...(options.pages ? [] : ['--no-pages']),
];
