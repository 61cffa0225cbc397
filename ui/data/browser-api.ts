import { answerOf, silence } from './answer';
import type { Answer } from './shapes';

/** Reads the API from the browser; signed out meanwhile means: sign in, then back to this page. */
export async function fetchApi<T>(path: string): Promise<Answer<T>> {
  try {
    const answer = await answerOf<T>(await fetch(path, { headers: { accept: 'application/json' } }));
    if (!answer.ok && answer.status === 401) leaveToSignIn();
    return answer;
  } catch (cause) {
    return silence(cause);
  }
}

/** A write, with a JSON body unless it is a DELETE. The browser adds the Origin that the API checks. */
export async function sendApi<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  try {
    const json =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return await answerOf<T>(await fetch(path, { method, ...json }));
  } catch (cause) {
    return silence(cause);
  }
}

/** The value, or an exception for those who wait for one (react-query keeps the old data and shows the problem). */
export async function fetchOrThrow<T>(path: string): Promise<T> {
  const answer = await fetchApi<T>(path);
  if (answer.ok) return answer.value;
  throw new Error(answer.problem.message, { cause: answer });
}

function leaveToSignIn(): void {
  const here = `${location.pathname}${location.search}${location.hash}`;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
