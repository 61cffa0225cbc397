// A control plane, or a whole server, in a process of its own that kills itself with -9 at a named point. Its orders are one JSON argument.

import type { HookPoint } from '../../runtime/control/context.js';
import type { ApplyRequest } from '../../runtime/control/control.js';
import { applyDeployment } from '../../runtime/control/deploy.js';
import { DeployedCache } from '../../runtime/control/deployed.js';
import { openLog } from '../../runtime/log.js';
import { openDatabase } from '../../runtime/store/database.js';

export type Orders = Readonly<{
  databaseUrl: string;
  temporal: Readonly<{ address: string; namespace: string }>;
  at: HookPoint;
}> &
  (
    | Readonly<{
        kind: 'write' | 'apply';
        files: Readonly<Record<string, string>>;
        commit: string;
        plannedOn: string | null;
      }>
    | Readonly<{ kind: 'serve'; port: number; stateDir: string }>
  );

const orders = JSON.parse(process.argv[2]!) as Orders;
const { databaseUrl, temporal, at } = orders;
const hooks = { [at]: () => process.kill(process.pid, 'SIGKILL') };
const log = openLog({ name: 'killed', level: 'silent' });

switch (orders.kind) {
  case 'serve': {
    const { startServer } = await import('../../runtime/server.js');
    const { port, stateDir } = orders;
    const server = await startServer({
      ...{
        databaseUrl,
        temporalAddress: temporal.address,
        namespace: temporal.namespace,
        stateDir,
        port,
        pages: false,
        log,
        hooks,
      },
    });
    process.stdout.write(`${server.url}\n`);
    break;
  }
  case 'apply': {
    const { startControl } = await import('../../runtime/control/index.js');
    const { LEDGER } = await import('../../runtime/control/ledger.js');
    const ledgerTimes = { ...LEDGER, everyMs: 3_600_000 };
    const { control } = await startControl({ databaseUrl, temporal, log, hooks, ledgerTimes });
    await control.apply(requestOf(orders));
    break;
  }
  case 'write': {
    const database = openDatabase(databaseUrl, { max: 2 });
    await applyDeployment({ database, deployed: new DeployedCache(), kick: () => {}, log, hooks }, requestOf(orders));
    break;
  }
  default:
    orders satisfies never;
}

function requestOf({ files, commit, plannedOn }: Extract<Orders, { commit: string }>): ApplyRequest {
  return {
    tree: new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])),
    info: { commit, subject: 'killed', author: 'ada', committedAt: new Date(0), dirty: false },
    ...{ plannedOn, allowPrune: true, by: 'ada', via: 'test', isDescendantOf: async () => true },
  };
}

// Until it is killed at its point, which may come after the answer.
await new Promise((resolve) => setTimeout(resolve, 60_000));
