// The control plane's side of the worker protocol, mounted at /api/worker/v1: authentication, shapes, limits; every decision is made in
// `runtime/control/attempts.ts`. In: a machine token and what `contract.ts` describes. Out: the same, or a `problem`.
// Never here: SQL, a session of a person. The worker's side is `runtime/worker/control-plane.ts`.

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { findMachineToken } from '../../auth/tokens.js';
import type { AttemptOf, Attempts, Machine } from '../../control/attempts.js';
import { FAILURES, Failure, invalid, unauthenticated } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Database } from '../../store/database.js';
import { Gate } from '../../worker/gate.js';
import { APPEND_BYTES, type LeaseTimes, leaseTimes, TAIL_BYTES } from '../../worker/times.js';
import { beginRequest, claimRequest, endRequest, instanceId, loseRequest, renewRequest } from './contract.js';
import { createOrderBoard } from './orders.js';

export type WorkerRoutesOptions = Readonly<{
  database: Database;
  attempts: Attempts;
  /** Where failures of ours are told. */
  log: Log;
  /** Those of `createAttempts`. Default: unscaled. */
  times?: LeaseTimes;
}>;

type Variables = { Variables: { machine: Machine } };

const JSON_BYTES = 1024 * 1024;
/** What of logs is in memory at once, in appends; the others wait with their bytes in the network. */
const APPENDS_AT_ONCE = 8;

/** The worker protocol as a Hono app; mount it at `/api/worker/v1`. Answers 401 to whoever bears no valid machine token. */
export function workerRoutes({ database, attempts, log, times = leaseTimes() }: WorkerRoutesOptions): Hono<Variables> {
  const app = new Hono<Variables>();
  const board = createOrderBoard(database);
  const appends = new Gate(APPENDS_AT_ONCE);
  app.onError((error, c) => {
    if (!(error instanceof Failure)) {
      log.error('a worker could not be answered', { path: c.req.path, error: error.stack ?? String(error) });
      return c.json({ error: { code: 'internal', message: 'the control plane failed; its log says why' } }, 500);
    }
    const { help, details } = error.more;
    return c.json({ error: { code: error.code, message: error.message, help, details } }, FAILURES[error.code].status);
  });
  app.use(async (c, next) => {
    const secret = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    const machine = secret === undefined ? undefined : await findMachineToken(database, secret);
    if (!machine)
      throw unauthenticated('this is no valid machine token', { help: 'make one with `hera token create --machine`' });
    c.set('machine', machine);
    await next();
  });
  const json = bodyLimit({ maxSize: JSON_BYTES, onError: tooLarge });
  const binary = bodyLimit({ maxSize: APPEND_BYTES, onError: tooLarge });
  const small = bodyLimit({ maxSize: TAIL_BYTES, onError: tooLarge });

  app.post('/begin', json, async (c) =>
    c.json(await attempts.begin(c.get('machine'), parse(beginRequest, await body(c.req.raw)))),
  );
  app.post('/renew', json, async (c) =>
    c.json({ orders: await attempts.renew(c.get('machine'), parse(renewRequest, await body(c.req.raw))) }),
  );
  app.get('/orders', async (c) => {
    const instance = parse(instanceId, c.req.query('instance'));
    await attempts.refuseStranger(c.get('machine'), instance);
    const known = new Set((c.req.query('known') ?? '').split(',').filter(Boolean));
    return c.json({ orders: await board.await(instance, known, times.ordersMs, c.req.raw.signal) });
  });
  app.post('/leave', json, async (c) => {
    await attempts.leave(c.get('machine'), parse(loseRequest, await body(c.req.raw)).instance);
    return c.json({});
  });
  app.post('/attempts/:run/:n/log', binary, async (c) => {
    const at = offset(c.req.query('at'));
    const attempt = attemptOf(c.req.param(), c.req.query('instance'), c.req.query('workflow'));
    const length = await appends.pass(async () =>
      attempts.append(c.get('machine'), attempt, at, Buffer.from(await c.req.arrayBuffer())),
    );
    return c.json({ length });
  });
  app.post('/attempts/:run/:n/tail', small, async (c) => {
    const attempt = attemptOf(c.req.param(), c.req.query('instance'), c.req.query('workflow'));
    const at = offset(c.req.query('at'));
    await attempts.tail(c.get('machine'), attempt, at, Buffer.from(await c.req.arrayBuffer()));
    return c.json({});
  });
  app.post('/attempts/:run/:n/end', json, async (c) => {
    const request = parse(endRequest, await body(c.req.raw));
    return c.json(await attempts.end(c.get('machine'), attemptOf(c.req.param(), request.instance), request));
  });
  app.post('/attempts/:run/:n/claim', json, async (c) => {
    const request = parse(claimRequest, await body(c.req.raw));
    return c.json(await attempts.claim(c.get('machine'), attemptOf(c.req.param(), request.instance), request.of));
  });
  app.post('/attempts/:run/:n/orphan', json, async (c) => {
    const request = parse(loseRequest, await body(c.req.raw));
    const of = attemptOf(c.req.param(), request.instance, request.workflow);
    return c.json(await attempts.orphan(c.get('machine'), of));
  });
  app.post('/attempts/:run/:n/lose', json, async (c) => {
    const request = parse(loseRequest, await body(c.req.raw));
    await attempts.lose(c.get('machine'), attemptOf(c.req.param(), request.instance, request.workflow));
    return c.json({});
  });
  app.get('/attempts/:run/:n/files/:sha256', async (c) => {
    const of = attemptOf(c.req.param(), c.req.query('instance'), c.req.query('workflow'));
    return c.body(new Uint8Array(await attempts.file(c.get('machine'), of, c.req.param('sha256'))));
  });
  return app;
}

const tooLarge = (): never => {
  throw invalid('the request is too large');
};

async function body(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch (cause) {
    throw invalid('the body is no JSON', { cause });
  }
}

function parse<T extends z.ZodType>(shape: T, value: unknown): z.infer<T> {
  const parsed = shape.safeParse(value);
  if (!parsed.success)
    throw invalid('the request has not the shape of the worker protocol', { details: parsed.error.issues });
  return parsed.data;
}

function attemptOf(
  { run, n }: { readonly run: string; readonly n: string },
  instance: unknown,
  workflow?: string,
): AttemptOf {
  if (!/^\d{1,19}$/.test(run) || !/^[1-9]\d{0,8}$/.test(n)) throw invalid(`there can be no attempt ${n} of run ${run}`);
  return { run, n: Number(n), instance: parse(instanceId, instance), ...(workflow !== undefined && { workflow }) };
}

function offset(text: string | undefined): number {
  if (!/^\d{1,15}$/.test(text ?? '')) throw invalid('`at` says at which byte these begin');
  return Number(text);
}
