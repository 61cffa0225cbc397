// A worker in a process of its own, for tests that kill it. Its options come as JSON in the first argument.
import { startWorker, untilSignalled, type WorkerOptions } from '../../../runtime/worker/worker.js';

const log = { info() {}, warn: console.error, error: console.error };
const worker = await startWorker({ ...(JSON.parse(process.argv[2] ?? '{}') as WorkerOptions), log });
process.stdout.write(`${worker.instance}\n`);
await untilSignalled(worker, log);
process.stdout.write('ended\n');
