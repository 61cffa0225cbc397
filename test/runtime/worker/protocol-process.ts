import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { workerRoutes } from '../../../runtime/api/worker/routes.js';
import { createAttempts } from '../../../runtime/control/attempts.js';
import { openDatabase } from '../../../runtime/store/database.js';
import { leaseTimes } from '../../../runtime/worker/times.js';

// The server's half of the worker protocol as a process of its own, so that a test can kill it: database url, port, scale of the lease.

const [url = '', port = '0', scale = '1'] = process.argv.slice(2);
const database = openDatabase(url, { max: 4 });
const times = leaseTimes(Number(scale));
const attempts = createAttempts({ database, times });
const log = { info() {}, warn: console.error, error: console.error };
const app = new Hono().route('/api/worker/v1', workerRoutes({ database, attempts, times, log }));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' }, () => process.stdout.write('ready\n'));
