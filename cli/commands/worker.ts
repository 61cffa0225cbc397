import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, unauthenticated } from '../../runtime/errors.js';
import { openLog } from '../../runtime/log.js';
import { VERSION } from '../../runtime/version.js';
import { outputLimits } from '../../runtime/worker/output-limits.js';
import { startWorker, untilSignalled } from '../../runtime/worker/worker.js';
import { readAssignments } from '../assignments.js';
import type { Terminal } from '../terminal.js';

export type WorkerCommand = Readonly<{
  group: readonly string[];
  env: readonly string[];
  url?: string;
  temporal?: string;
  namespace?: string;
  tokenFile?: string;
  workDir: string;
  slots?: number;
  outputCap?: number;
  spoolQuota?: number;
}>;

/** Serves machine groups until SIGTERM or Ctrl-C: the first lets what runs end, the second ends it. */
export async function worker(terminal: Terminal, options: WorkerCommand): Promise<number> {
  const { env } = terminal;
  const url = options.url ?? env.url;
  const temporalAddress = options.temporal ?? env.temporalAddress;
  if (!url) throw invalid('where is the control plane?', { help: '--url http://host:port, or HERA_URL' });
  if (!temporalAddress) throw invalid('where is Temporal?', { help: '--temporal host:port, or TEMPORAL_ADDRESS' });
  const log = openLog({ name: 'worker', level: 'info' });
  const started = await startWorker({
    url,
    token: readMachineToken(terminal, options.tokenFile),
    temporalAddress,
    namespace: options.namespace ?? env.temporalNamespace,
    groups: options.group.length > 0 ? options.group : ['default'],
    env: readAssignments(options.env),
    workDir: resolve(terminal.cwd, options.workDir),
    version: VERSION,
    log,
    output: outputLimits(options.outputCap, options.spoolQuota),
    ...(options.slots === undefined ? {} : { slots: options.slots }),
  });
  log.info('ready', { groups: options.group, instance: started.instance });
  await untilSignalled(started, log);
  return 0;
}

function readMachineToken({ env, cwd }: Terminal, file: string | undefined): string {
  const token = file === undefined ? env.machineToken : readFileSync(resolve(cwd, file), 'utf8').trim();
  if (token) return token;
  throw unauthenticated('a worker needs a machine token', {
    help: 'make one with `hera token create HOST --machine --group G`, give it as HERA_MACHINE_TOKEN or --token-file',
  });
}
