import { existsSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { unavailable } from './errors.js';

export type Pages = Readonly<{ handle: RequestListener; stop(): Promise<void> }>;

type Answer = (request: Request) => Promise<Response>;

/** The folder of the built pages, seen from the source tree and from dist/ alike. */
function pagesFolder(): string {
  for (const way of ['../ui', '../../ui']) {
    const folder = fileURLToPath(new URL(way, import.meta.url));
    if (existsSync(`${folder}/.next/BUILD_ID`)) return folder;
  }
  throw unavailable('the pages are not built', { help: 'build them: npm run build' });
}

/** Serves the pages by Next's own handler. While rendering they ask the API in this process, through `globalThis.heraApi`. */
export async function startPages(api: Answer): Promise<Pages> {
  const dir = pagesFolder();
  Object.assign(globalThis, { heraApi: { fetch: api } });
  const app = loadNext()({ dev: false, dir, quiet: true });
  await silently(() => app.prepare());
  const handle = app.getRequestHandler();
  return { handle: (request, response) => void handle(request, response), stop: () => app.close() };
}

type NextApp = Readonly<{
  prepare(): Promise<void>;
  getRequestHandler(): (...with_: Parameters<RequestListener>) => Promise<void>;
  close(): Promise<void>;
}>;
type NextFactory = (options: Readonly<{ dev: boolean; dir: string; quiet: boolean }>) => NextApp;

/**
 * Next is CommonJS whose export is its factory. It is required, not imported: its types would change those of Node's environment for the
 * whole program.
 */
const loadNext = (): NextFactory => createRequire(import.meta.url)('next') as NextFactory;

/** Next announces its configuration on standard output, which belongs to the results of commands; its errors go to standard error. */
async function silently<T>(work: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
