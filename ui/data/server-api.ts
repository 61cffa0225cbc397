import 'server-only';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { answerOf, silence } from './answer';
import { internalUrl } from './settings';
import type { Answer } from './shapes';

declare global {
  // Set by the http server that holds these pages (runtime/server.ts): the API in the same process, without a socket.
  var heraApi: Readonly<{ fetch: (request: Request) => Response | Promise<Response> }> | undefined;
}

/** Reads the API as the visitor of this request; the same address is read once a request. */
export const readApi: <T>(path: string) => Promise<Answer<T>> = cache(async <T>(path: string): Promise<Answer<T>> => {
  try {
    const request = new Request(new URL(path, internalUrl()), { headers: await visitorHeaders(), cache: 'no-store' });
    const api = globalThis.heraApi;
    return await answerOf<T>(api ? await api.fetch(request) : await fetch(request));
  } catch (cause) {
    return silence(cause);
  }
});

// The API checks Host against its list, so the visitor's goes along with the cookie.
async function visitorHeaders(): Promise<Headers> {
  const asked = await headers();
  const cookie = (await cookies()).toString();
  return new Headers({
    accept: 'application/json',
    host: asked.get('host') ?? '',
    ...(cookie === '' ? {} : { cookie }),
  });
}

/** As `readApi`; a visitor who is not signed in is sent to sign in and comes back to `here`. */
export async function readApiSignedIn<T>(path: string, here: string): Promise<Answer<T>> {
  const answer = await readApi<T>(path);
  if (!answer.ok && answer.status === 401) redirect(`/sign-in?next=${encodeURIComponent(here)}`);
  return answer;
}
