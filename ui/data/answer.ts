import type { Answer, Problem } from './shapes';

const unavailable = (message: string): Problem => ({ code: 'unavailable', message });

/** Reads a response of the API: its value, or the problem it tells of; a body that is no JSON is a problem too. */
export async function answerOf<T>(response: Response): Promise<Answer<T>> {
  if (response.status === 204) return { ok: true, value: undefined as T };
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return { ok: true, value: body as T };
  const told = (body as { error?: Problem } | undefined)?.error;
  return { ok: false, status: response.status, problem: told ?? unavailable(`HTTP ${response.status}`) };
}

/** Nobody answered. */
export const silence = <T>(cause: unknown): Answer<T> => ({
  ok: false,
  status: 0,
  problem: unavailable(cause instanceof Error ? cause.message : String(cause)),
});
