import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptSpec } from '../api/worker/contract.js';
import type { LeaseTimes } from './times.js';

// What a worker asks of YARN, by the web services of its ResourceManager: which applications of a run live, and that they end. YARN never says how
// a run ended: in client mode an application whose driver was killed is SUCCEEDED there.

export type Yarn = NonNullable<AttemptSpec['yarn']>;

const LIVING = 'NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING';
const IS_OVER = new Set(['FINISHED', 'FAILED', 'KILLED']);

/**
 * Ends the applications that a run has on YARN, those that were seen in its output and those that bear its tag, and waits until each of them is
 * over. Resolves with what could not be confirmed within `confirmMs`, in words; undefined when nothing lives.
 */
export async function endApplications(
  yarn: Yarn,
  seen: readonly string[],
  times: Pick<LeaseTimes, 'confirmMs' | 'confirmRetryMs'>,
  leaving: AbortSignal,
): Promise<string | undefined> {
  const deadline = performance.now() + times.confirmMs;
  for (;;) {
    const left = await round(yarn, seen).catch((error: Error) => error.message);
    if (left === undefined) return undefined;
    if (performance.now() >= deadline) return left;
    await delay(times.confirmRetryMs, undefined, { signal: leaving });
  }
}

/** Asks for the end of all that lives; what still does, in words. */
async function round(yarn: Yarn, seen: readonly string[]): Promise<string | undefined> {
  const all = new Set([...seen, ...(await taggedBy(yarn))]);
  const living: string[] = [];
  for (const id of all) {
    if (await isOver(yarn, id)) continue;
    await kill(yarn, id);
    if (!(await isOver(yarn, id))) living.push(id);
  }
  return living.length === 0 ? undefined : `${living.join(', ')} still lives on YARN`;
}

/** The living applications that bear the tag of the run. */
async function taggedBy(yarn: Yarn): Promise<readonly string[]> {
  const answer = await ask(yarn, `/apps?applicationTags=${encodeURIComponent(yarn.tag)}&states=${LIVING}`);
  const { apps } = (await answer.json()) as { apps?: { app?: readonly { id: string }[] } | null };
  return (apps?.app ?? []).map(({ id }) => id);
}

/** An application that the ResourceManager does not know lives nowhere. */
async function isOver(yarn: Yarn, id: string): Promise<boolean> {
  const answer = await ask(yarn, `/apps/${id}/state`);
  if (answer.status === 404) return true;
  return IS_OVER.has(((await answer.json()) as { state: string }).state);
}

async function kill(yarn: Yarn, id: string): Promise<void> {
  const user = encodeURIComponent(yarn.user ?? userInfo().username);
  const answer = await ask(yarn, `/apps/${id}/state?user.name=${user}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"state":"KILLED"}',
  });
  if (!answer.ok) throw new Error(`the ResourceManager refuses to end ${id}: ${answer.status}`);
}

const CALL_MS = 10_000;

/** The first of the two that answers as the active one; the other one of a pair answers with a page that leads there. */
async function ask({ resourceManager, standby }: Yarn, path: string, init: RequestInit = {}): Promise<Response> {
  let why = '';
  for (const base of [resourceManager, ...(standby === undefined ? [] : [standby])]) {
    try {
      const url = `${base.replace(/\/+$/, '')}/ws/v1/cluster${path}`;
      const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) });
      const isJson = answer.headers.get('content-type')?.includes('json') === true;
      if (answer.status < 500 && (isJson || answer.status === 404)) return answer;
      why = `answers ${answer.status}`;
    } catch {
      why = 'does not answer';
    }
  }
  throw new Error(`the ResourceManager at ${resourceManager} ${why}, so that nobody knows what lives on YARN`);
}
