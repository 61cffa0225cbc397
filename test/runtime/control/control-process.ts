// A control plane in a process of its own, for tests that kill it. Its options come as JSON in the first argument.
import '../../support/wrong-clock.js';
import { type ControlOptions, startControl } from '../../../runtime/control/index.js';
import { quietTemporal } from '../../../runtime/temporal/control-worker.js';

const log = { info() {}, warn: console.error, error: console.error };
quietTemporal(log);
await startControl({ ...(JSON.parse(process.argv[2] ?? '{}') as ControlOptions), log });
process.stdout.write('ready\n');
