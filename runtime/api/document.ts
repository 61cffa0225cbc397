import { VERSION } from '../version.js';
import { ACCESS, PERMISSIONS } from './access.js';
import type { Api } from './route.js';

const INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Hera',
    version: VERSION,
    description:
      'Instants are RFC 3339 UTC; ids of runs and deployments are decimal strings. Errors are RFC 9457. A write may carry `Idempotency-Key`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ token: [] }, { session: [] }],
  tags: [],
};

/** Serves the contract, under its address and its older one. Every operation has its name, its tag and the permission that it needs. */
export function describeApi(app: Api): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'hera_session',
  });
  let made: object | undefined;
  for (const path of ['/api/v1/openapi.json', '/api/openapi.json'])
    app.get(path, (c) => {
      made ??= complete(app.getOpenAPI31Document(INFO));
      return c.json(made, 200);
    });
}

type Operation = Record<string, unknown> & { parameters?: unknown[]; summary?: string };
type Document = Readonly<{ paths?: object | undefined }>;

function complete(document: Document): object {
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods as object).map(([method, operation]) => [
        method,
        describe(method, path, operation as Operation),
      ]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

function describe(method: string, path: string, operation: Operation): Operation {
  const endpoint = `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
  const permission = ACCESS[endpoint]!;
  const needs = PERMISSIONS[permission];
  const isWrite = method !== 'get' && needs !== null;
  return {
    ...operation,
    operationId: nameOf(method, path),
    tags: [path.split('/')[3] ?? 'health'],
    'x-permission': permission,
    ...(needs === null ? { security: [] } : {}),
    ...(isWrite ? { parameters: [...(operation.parameters ?? []), KEY_HEADER] } : {}),
  };
}

const KEY_HEADER = {
  name: 'idempotency-key',
  in: 'header',
  required: false,
  description:
    'Sent again with the same key within a day, the request is answered as it was, and nothing is done twice.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
  example: '0d6c4f6e-9f0e-4f0c-8a55-1f2b0f1f4a3e',
};

/** `post /api/v1/operations/run` is `postOperationsRun`; what is in braces is named by `By…`. */
const nameOf = (method: string, path: string): string =>
  method +
  path
    .replace(/^\/api\/(v1\/)?/, '')
    .split('/')
    .map((part) => part.replace(/^\{(\w+)\}$/, 'by-$1'))
    .flatMap((part) => part.split('-'))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
