import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { followLog } from '../../control/log.js';
import { invalid, notFound } from '../../errors.js';
import { logLength, logTail, READ_MOST_BYTES, readLog } from '../../store/log.js';
import { findRun } from '../find-run.js';
import type { ApiEnv } from '../guard.js';
import type { Api, Parts } from '../route.js';

// Logs are bytes: they are answered as they were written, in ranges, and followed by offset.

const LOG = '/api/v1/runs/{run}/attempts/{n}/log';

/** Reading and following an attempt's log. */
export function logRoutes(api: Api, parts: Parts): void {
  describe(api);
  api.get('/api/v1/runs/:run/attempts/:n/log', async (c) => answerLog(parts, c, await attemptOf(parts, c)));
  api.get('/api/v1/runs/:run/attempts/:n/log/stream', async (c) => {
    const { run, n } = await attemptOf(parts, c);
    const from = offset(c.req.header('last-event-id') ?? c.req.query('from') ?? '0');
    return streamSSE(c, async (stream) => {
      const over = new AbortController();
      stream.onAbort(() => over.abort());
      const signal = AbortSignal.any([over.signal, parts.stopping]);
      for await (const piece of followLog(parts.database, run, n, { from, signal })) {
        const end = piece.at + piece.bytes.length;
        const data = JSON.stringify({ at: piece.at, base64: piece.bytes.toString('base64') });
        await stream.writeSSE({ id: String(end), event: 'log', data });
      }
      if (!signal.aborted) await stream.writeSSE({ event: 'end', data: '{}' });
    });
  });
}

type Attempt = Readonly<{ run: string; n: number }>;

async function attemptOf(parts: Parts, c: Context<ApiEnv>): Promise<Attempt> {
  const n = Number(c.req.param('n'));
  if (!Number.isInteger(n) || n < 1 || n > 1_000_000) throw invalid('attempts are numbered from 1');
  const { run } = await findRun(parts, c.req.param('run') ?? '', c.req.query('project'));
  return { run, n };
}

/** `?tail=N`, `?from=&to=`, a `Range` header, or the whole log as a stream. */
async function answerLog({ database }: Parts, c: Context<ApiEnv>, { run, n }: Attempt): Promise<Response> {
  const length = await logLength(database, run, n);
  if (!length) throw notFound(`run ${run} has no attempt ${n}`, { help: 'it may have expired, or not have begun' });
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'accept-ranges': 'bytes',
    'x-hera-log-length': String(length.bytes),
    'x-hera-log-sealed': String(length.sealed),
    ...(c.req.query('download') !== undefined && {
      'content-disposition': `attachment; filename="run-${run}-attempt-${n}.log"`,
    }),
  };
  const tail = c.req.query('tail');
  if (tail !== undefined) {
    const piece = await logTail(database, run, n, offset(tail));
    return c.body(bytes(piece?.bytes), 200, { ...headers, 'x-hera-log-from': String(piece?.from ?? 0) });
  }
  const range = rangeOf(c, length.bytes);
  if (range === undefined)
    return c.body(whole(database, run, n, length.bytes), 200, { ...headers, 'x-hera-log-from': '0' });
  const found = await readLog(database, run, n, range.from, range.to);
  const end = range.from + (found?.length ?? 0);
  const answered = { ...headers, 'x-hera-log-from': String(range.from) };
  if (!range.partial || end === range.from) return c.body(bytes(found), 200, answered);
  return c.body(bytes(found), 206, { ...answered, 'content-range': `bytes ${range.from}-${end - 1}/${length.bytes}` });
}

const bytes = (found: Buffer | undefined): Uint8Array<ArrayBuffer> => new Uint8Array(found ?? []);

function rangeOf(c: Context, length: number): Readonly<{ from: number; to: number; partial: boolean }> | undefined {
  const { from, to } = c.req.query();
  if (from !== undefined || to !== undefined)
    return { from: offset(from ?? '0'), to: to === undefined ? length : offset(to), partial: false };
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(c.req.header('range') ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return undefined;
  if (asked[1] === '') return { from: Math.max(0, length - Number(asked[2])), to: length, partial: true };
  return { from: Number(asked[1]), to: asked[2] === '' ? length : Number(asked[2]) + 1, partial: true };
}

/** The log up to the length it had when it was asked for, a piece at a time. */
function whole(database: Parts['database'], run: string, n: number, length: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece =
        at < length ? await readLog(database, run, n, at, Math.min(length, at + READ_MOST_BYTES)) : undefined;
      if (!piece || piece.length === 0) return controller.close();
      at += piece.length;
      controller.enqueue(new Uint8Array(piece));
    },
  });
}

function offset(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`${JSON.stringify(text)} is no number of bytes`);
}

function describe(api: Api): void {
  const parameters = ['run', 'n'].map((name) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const },
  }));
  const query = (name: string, description: string) => ({
    name,
    in: 'query' as const,
    description,
    schema: { type: 'integer' as const },
  });
  api.openAPIRegistry.registerPath({
    method: 'get',
    path: LOG,
    summary: 'The output of an attempt, as bytes: whole, a range, or its end',
    parameters: [
      ...parameters,
      query('from', 'first byte'),
      query('to', 'byte after the last'),
      query('tail', 'the last so many bytes'),
    ],
    responses: {
      200: {
        description: 'The bytes; `x-hera-log-length` is the length so far, `x-hera-log-sealed` whether it is whole.',
      },
    },
  });
  api.openAPIRegistry.registerPath({
    method: 'get',
    path: `${LOG}/stream`,
    summary:
      'The output as it grows: events `log` with {at, base64}, their ids byte offsets to resume from; `end` when it is whole',
    parameters: [...parameters, query('from', 'first byte')],
    responses: {
      200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  });
}
