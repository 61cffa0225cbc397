import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { followLog, type LogPiece, shownSince, watchLog } from '../../control/log.js';
import { invalid, notFound } from '../../errors.js';
import { type LogLength, logLength, logTail, readLog } from '../../store/log.js';
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
    const seen = offset(c.req.query('seen') ?? '0');
    const isLengths = c.req.query('lengths') !== undefined;
    return streamSSE(c, async (stream) => {
      const over = new AbortController();
      stream.onAbort(() => over.abort());
      const signal = AbortSignal.any([over.signal, parts.stopping]);
      if (isLengths) await writeLengths(parts, stream, { run, n }, seen, signal);
      else
        for await (const piece of followLog(parts.database, run, n, { from, seen, signal }))
          await writePiece(stream, piece);
      if (!signal.aborted) await stream.writeSSE({ event: 'end', data: '{}' });
    });
  });
}

/** Where the log goes on is told by the ids of its own pieces alone: what is shown beside it is no part of it. */
async function writePiece(stream: SSEStreamingApi, { kind, at, bytes }: LogPiece): Promise<void> {
  const data = JSON.stringify({ at, base64: bytes.toString('base64') });
  await stream.writeSSE({ event: kind, data, ...(kind === 'log' && { id: String(at + bytes.length) }) });
}

/** How long the log is, now and as it grows; and what is shown beside it. */
async function writeLengths(
  { database }: Parts,
  stream: SSEStreamingApi,
  { run, n }: Attempt,
  seen: number,
  signal: AbortSignal,
): Promise<void> {
  let shown = seen;
  for await (const { bytes, shownTo } of watchLog(database, run, n, signal)) {
    await stream.writeSSE({ event: 'length', data: JSON.stringify({ length: bytes }) });
    const piece = shownTo > shown ? await shownSince(database, { run, n }, shown) : undefined;
    if (piece === undefined) continue;
    await writePiece(stream, piece);
    shown = piece.at + piece.bytes.length;
  }
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
  const log = await logLength(database, run, n);
  if (!log) throw notFound(`run ${run} has no attempt ${n}`, { help: 'it may have expired, or not have begun' });
  if (log.expired) throw notFound(`the output of attempt ${n} of run ${run} has expired`, { help: EXPIRED_HELP });
  const headers = headersOf(c, run, n, log);
  const { tail, from, to } = c.req.query();
  if (tail !== undefined) {
    const piece = await logTail(database, run, n, offset(tail));
    return c.body(bytes(piece?.bytes), 200, { ...headers, 'x-hera-log-from': String(piece?.from ?? 0) });
  }
  if (from !== undefined || to !== undefined) {
    const begin = offset(from ?? '0');
    const found = await readLog(database, run, n, begin, to === undefined ? log.bytes : offset(to));
    return c.body(bytes(found), 200, { ...headers, 'x-hera-log-from': String(begin) });
  }
  const range = rangeOf(c, log.bytes, headers.etag);
  if (range === 'unsatisfiable') return c.body(null, 416, { ...headers, 'content-range': `bytes */${log.bytes}` });
  const part = range ?? { from: 0, to: log.bytes };
  const answered = {
    ...headers,
    'x-hera-log-from': String(part.from),
    'content-length': String(part.to - part.from),
    ...(range && { 'content-range': `bytes ${part.from}-${part.to - 1}/${log.bytes}` }),
  };
  const status = range ? 206 : 200;
  if (c.req.method === 'HEAD') return c.body(null, status, answered);
  return c.body(stream(database, run, n, part), status, answered);
}

const EXPIRED_HELP = 'output is kept for as long as the server was told (hera server --keep-logs)';

type Headers = Readonly<Record<string, string>> & { readonly etag?: string };

/**
 * A log that is whole has a strong validator. One that grows has none: its beginning stays, so that a download is resumed by its range, but
 * nobody may take two answers for the same file. Never compressed: a range is of the bytes as they are.
 */
function headersOf(c: Context, run: string, n: number, log: LogLength): Headers {
  return {
    'content-type': 'text/plain; charset=utf-8',
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-transform, no-cache',
    'x-hera-log-length': String(log.bytes),
    'x-hera-log-sealed': String(log.sealed),
    ...(log.sealed && { etag: `"${run}-${n}-${log.begunAt.getTime()}-${log.bytes}"` }),
    ...(c.req.query('download') !== undefined && {
      'content-disposition': `attachment; filename="run-${run}-attempt-${n}.log"`,
    }),
  };
}

const bytes = (found: Buffer | undefined): Uint8Array<ArrayBuffer> => new Uint8Array(found ?? []);

type Range = Readonly<{ from: number; to: number }>;

/** What a Range header asks for (RFC 9110 §14): undefined for the whole, as for several ranges and for a validator that is not ours. */
function rangeOf(c: Context, length: number, etag: string | undefined): Range | 'unsatisfiable' | undefined {
  const validator = c.req.header('if-range');
  if (validator !== undefined && validator !== etag) return undefined;
  const asked = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(c.req.header('range') ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return undefined;
  const [first, last] = [asked[1] ?? '', asked[2] ?? ''];
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === '' || last === '' ? length : Math.min(length, Number(last) + 1);
  return from < to ? { from, to } : 'unsatisfiable';
}

/** A range as it was when it was asked for, read as fast as it is taken. Breaks off when the log expires meanwhile. */
function stream(database: Parts['database'], run: string, n: number, { from, to }: Range): ReadableStream<Uint8Array> {
  let at = from;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
      if (at >= to) return controller.close();
      const piece = await readLog(database, run, n, at, Math.min(to, at + STREAM_BYTES));
      if (!piece || piece.length === 0) return controller.error(new Error('the log has expired'));
      at += piece.length;
      controller.enqueue(new Uint8Array(piece));
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** Of a download, so much is in memory. */
const STREAM_BYTES = 1024 * 1024;

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
      'The output as it grows: events `log` with {at, base64}, their ids byte offsets to resume from; `shown` with what a job prints that has ' +
      'filled the head of its log, `at` counting all that it wrote; `end` when it is whole',
    parameters: [
      ...parameters,
      query('from', 'first byte'),
      query('seen', 'what was shown beside the log up to this byte is not shown again'),
      query('lengths', 'events `length` with {length} instead: who shows only a part reads that part by its range'),
    ],
    responses: {
      200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  });
}
