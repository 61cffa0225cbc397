// The API over a real Hera, for tests: requests as a person of some role sends them, without a socket.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../runtime/api/app.js';
import type { OidcSettings } from '../../runtime/auth/oidc.js';
import { newToken } from '../../runtime/auth/tokens.js';
import { openLog } from '../../runtime/log.js';
import { ensureAccount, insertToken, type Role } from '../../runtime/store/access.js';
import type { Hera } from './hera.js';

export type ApiAnswer<T> = Readonly<{ status: number; body: T; response: Response }>;

export type ApiForTests = Readonly<{
  tokens: Readonly<Record<Role, string>>;
  app: ReturnType<typeof createApi>['app'];
  /** Asks as a role (default admin); the body is JSON unless it is bytes. */
  ask<T = unknown>(
    method: string,
    path: string,
    options?: Readonly<{ as?: Role; body?: unknown; headers?: Record<string, string> }>,
  ): Promise<ApiAnswer<T>>;
  stop(): Promise<void>;
}>;

export async function openApi(
  hera: Hera,
  options: Readonly<{ allowDirty?: boolean; hasWebhook?: boolean; oidc?: OidcSettings | undefined }> = {},
): Promise<ApiForTests> {
  const stateDir = await mkdtemp(join(tmpdir(), 'hera-api-'));
  const log = openLog({ name: 'test', level: process.env.HERA_TEST_LOG === undefined ? 'silent' : 'info' });
  const { control } = hera.running;
  const { app, stop } = createApi({
    database: hera.database,
    control,
    stateDir,
    allowedHosts: ['hera.example'],
    log,
    ...options,
  });
  const secrets: [Role, string][] = [];
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const { secret, hash } = newToken('hera');
    await ensureAccount(hera.database, `a-${role}`, role);
    await insertToken(hera.database, { hash, account: `a-${role}`, label: 'test', days: null, scopes: null });
    secrets.push([role, secret]);
  }
  const tokens = Object.fromEntries(secrets) as Record<Role, string>;
  return {
    app,
    tokens,
    async ask<T>(
      method: string,
      path: string,
      { as = 'admin', body, headers = {} }: Parameters<ApiForTests['ask']>[2] = {},
    ) {
      const isBytes = body instanceof Uint8Array;
      const response = await app.request(path, {
        method,
        headers: {
          host: '127.0.0.1:8080',
          authorization: `Bearer ${tokens[as]}`,
          ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
      });
      const text = await response.clone().text();
      return {
        status: response.status,
        body: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as T,
        response,
      };
    },
    stop: async () => {
      stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
