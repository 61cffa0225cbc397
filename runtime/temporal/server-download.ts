import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { runToEnd } from '../embedded/run-to-end.js';
import type { Fetched } from './server-cache.js';
import type { ServerSearch } from './server-search.js';
import { CLI_VERSION } from './server-version.js';

const OFFICIAL = 'https://temporal.download/cli/archive';
const CONNECT_MS = 5_000;
const SILENCE_MS = 15_000;
const WHOLE_MS = 600_000;

const platforms: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin' };
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The Temporal project's own archive (tar.gz), unpacked by tar(1). Limits: 5 s to the first answer, 15 s without a byte, 10 min in all. */
export async function downloadOfficial(search: ServerSearch, to: string): Promise<Fetched> {
  const platform = platforms[process.platform];
  const architecture = architectures[process.arch];
  if (!platform || !architecture) return `none for ${process.platform} ${process.arch}`;
  const url = `${search.downloadUrl ?? OFFICIAL}/v${CLI_VERSION}?platform=${platform}&arch=${architecture}`;
  search.progress(`temporal: trying the official download of ${CLI_VERSION} (5 s to connect, 15 s without a byte)`);
  const archive = join(dirname(to), 'archive.tar.gz');
  const failure = await download(url, archive, search.progress);
  if (failure) return failure;
  const untar = await runToEnd('tar', ['-xzf', archive, '-C', dirname(to), 'temporal'], {
    env: { PATH: search.env.PATH },
    limitMs: 60_000,
  });
  return untar.failure && `tar: ${untar.failure}: ${untar.output.trim()}`;
}

async function download(url: string, to: string, progress: ServerSearch['progress']): Promise<Fetched> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(new Error('no answer within 5 s')), CONNECT_MS);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(new Error('no byte for 15 s')), SILENCE_MS);
  };
  const whole = setTimeout(() => stop.abort(new Error('not done within 10 min')), WHOLE_MS);
  try {
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok || !answer.body) return `answer ${answer.status}`;
    alive();
    const size = Number(answer.headers.get('content-length') ?? 0);
    const body = Readable.fromWeb(answer.body as ReadableStream);
    await pipeline(body, counted(size, alive, progress), createWriteStream(to), { signal: stop.signal });
    return undefined;
  } catch (error) {
    return describe(stop.signal.aborted ? stop.signal.reason : error);
  } finally {
    clearTimeout(timer);
    clearTimeout(whole);
  }
}

const REPORT_BYTES = 10_000_000;

function counted(size: number, alive: () => void, progress: ServerSearch['progress']): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      alive();
      const before = Math.floor(bytes / REPORT_BYTES);
      bytes += chunk.length;
      if (Math.floor(bytes / REPORT_BYTES) > before)
        progress(`temporal: ${megabytes(bytes)}${size > 0 ? ` of ${megabytes(size)}` : ''} downloaded`);
      done(null, chunk);
    },
  });
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** fetch says only "fetch failed"; what happened is in its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
