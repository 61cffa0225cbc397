// A real OpenID provider on loopback, with its own sign-in and consent pages, and a browser's part in going through them.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** What the provider says of somebody, by the name that is typed at it. */
export type Claims = Readonly<Record<string, unknown>>;

export type ProviderForTests = Readonly<{ issuer: string; people: Map<string, Claims>; stop(): Promise<void> }>;

export const CLIENT = { id: 'hera', secret: 'a secret of the client, long enough' } as const;

export async function startProvider(redirectUri: string): Promise<ProviderForTests> {
  const people = new Map<string, Claims>();
  let handle: RequestListener = (_, response) => response.end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, ...people.get(id) }),
    }),
    cookies: { keys: ['a key of the tests'] },
    pkce: { required: () => true },
  });
  handle = provider.callback();
  return {
    issuer,
    people,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Goes from `url` through the provider's pages as a browser does, signs in as `login`, and answers where it is sent in the end. */
export async function throughProvider(url: string, login: string, redirectUri: string): Promise<string> {
  const jar = new Map<string, string>();
  const go = async (to: string, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(to, {
      redirect: 'manual',
      headers: { cookie, accept: 'text/html' },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    for (const one of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!;
      jar.set(name!, value!);
    }
    return answer;
  };
  const forms = [
    new URLSearchParams({ prompt: 'login', login, password: 'any' }),
    new URLSearchParams({ prompt: 'consent' }),
  ];
  let at = url;
  for (let step = 0; step < 12; step += 1) {
    if (at.startsWith(redirectUri)) return at;
    const answer = await go(at);
    const text = await answer.text();
    const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
    const form = action === undefined ? undefined : forms.shift();
    const next = form ? await go(new URL(action!, at).href, form) : answer;
    const location = next.headers.get('location');
    if (location === null)
      throw new Error(`the provider does not go on from ${at}: ${answer.status} ${text.slice(0, 500)}`);
    at = new URL(location, at).href;
  }
  throw new Error(`the provider goes in circles: ${at}`);
}
