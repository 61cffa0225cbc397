// Alerts: what somebody on call must hear of, delivered to one webhook, signed, at least once, with an id.
// In: rows of `store/alert.ts`. Out: requests by the Standard Webhooks convention, so that receivers verify them with a library they have.
// Never here: a decision of what is an alert (that is `control/`), a secret in a log. `sender.ts` is the loop, this file one request.

import { createHmac } from 'node:crypto';
import { invalid } from '../errors.js';
import type { AlertRow, DueAlert } from '../store/alert.js';

export type Webhook = Readonly<{ url: string; key: Buffer }>;

const MIN_KEY_BYTES = 24;
/** How long a receiver may take to answer. */
export const PATIENCE_MS = 10_000;

/**
 * The webhook by its address and secret: `whsec_` and base64, or any text of at least 24 bytes. Undefined when no address is given.
 * Throws `invalid` for an address that is not http(s), or a secret that is missing or short.
 */
export function webhookOf(url: string | undefined, secret: string | undefined): Webhook | undefined {
  if (url === undefined) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid('HERA_ALERT_URL is no address of http or https', { help: 'HERA_ALERT_URL=https://host/path' });
  const key = secret?.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret ?? '');
  if (key.length < MIN_KEY_BYTES)
    throw invalid(`alerts are signed: HERA_ALERT_SECRET needs ${MIN_KEY_BYTES} bytes or more`, {
      help: 'HERA_ALERT_SECRET=whsec_$(openssl rand -base64 32), and the same at the receiver',
    });
  return { url, key };
}

/** What the webhook is sent as JSON. */
export function payloadOf(alert: AlertRow): object {
  const { id, kind, project, run, job, owner, body } = alert;
  return {
    type: kind,
    timestamp: alert.raisedAt.toISOString(),
    data: {
      alert: id,
      text: sentenceOf(alert),
      project,
      ...(run !== null && { run, job, period: alert.period?.toISOString() ?? null, owner, path: `/runs/${run}` }),
      ...body,
    },
  };
}

/** One line that stands alone on a telephone. */
export function sentenceOf({ kind, project, job, period, body }: AlertRow): string {
  switch (kind) {
    case 'run-failed':
      return `${project}: ${job} of ${period?.toISOString()} ${body.outcome === 'timed_out' ? 'timed out' : 'failed'}${body.reason ? `: ${body.reason}` : ''}`;
    case 'backfill-failed':
      return `${project}: ${body.failed} of ${body.members} runs of backfill ${body.operation} failed${body.waiting ? `, and ${body.waiting} wait for them: hera backfill retry ${body.operation}` : ''}`;
    case 'ticks-missed':
      return `${project}: ${body.count} ticks of ${body.timetable} were missed, ${body.first} to ${body.last}; by their jobs' catchUp they run now or are listed as skipped`;
    case 'group-idle':
      return `${project}: ${body.runs} runs are queued for machine group ${body.machineGroup}, and no living worker serves it`;
    case 'year-missing':
      return `${project}: ${body.message}`;
    case 'bug':
      return `Hera found and mended a mistake of its own: ${body.what}; please report it`;
    case 'test':
      return `a test, asked by ${body.by}`;
    default:
      return kind satisfies never;
  }
}

/** The headers by which a receiver knows the message and its sender (Standard Webhooks 1.0: HMAC-SHA256 over id, second and body). */
export function headersOf(
  webhook: Webhook,
  id: string,
  second: number,
  body: string,
): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', webhook.key).update(`${id}.${second}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(second),
    'webhook-signature': `v1,${signature}`,
  };
}

/** Sends one alert; undefined when the receiver took it (any 2xx), else why not. Follows no redirect: the signature is for one address. */
export async function post(webhook: Webhook, installation: string, alert: DueAlert): Promise<string | undefined> {
  const body = JSON.stringify(payloadOf(alert));
  const headers = headersOf(webhook, `${installation}.${alert.id}`, Math.floor(alert.takenAt.getTime() / 1000), body);
  try {
    const answer = await fetch(webhook.url, {
      ...{ method: 'POST', body, headers, redirect: 'manual' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `the receiver answered ${answer.status}`;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return `the receiver cannot be reached: ${cause?.code ?? (error as Error).name}`;
  }
}
