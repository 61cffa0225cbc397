import { existsSync } from 'node:fs';
import type { RequestListener } from 'node:http';
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
  const { default: next } = await import('next');
  const app = next({ dev: false, dir, quiet: true });
  await app.prepare();
  const handle = app.getRequestHandler();
  return { handle: (request, response) => void handle(request, response), stop: () => app.close() };
}
