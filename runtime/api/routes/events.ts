import { streamSSE } from 'hono/streaming';
import { invalid } from '../../errors.js';
import type { Database } from '../../store/database.js';
import { type EventCursor, eventsAfter, eventsNow } from '../../store/read-event.js';
import type { Api, Parts } from '../route.js';

const CHANNEL = 'hera_event';
const POLL_MS = 2_000;
const PAGE = 500;
const BEAT_MS = 20_000;

/** Changes of runs as they happen; an event's id resumes behind it. */
export function eventRoutes(api: Api, { database, stopping }: Parts): void {
  const bell = createBell(database);
  stopping.addEventListener('abort', () => bell.stop());
  api.openAPIRegistry.registerPath({
    method: 'get',
    path: '/api/v1/events',
    summary: 'Changes of runs and deployments as they happen; send `last-event-id` (or ?after=) to resume',
    responses: {
      200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  });
  api.get('/api/v1/events', async (c) => {
    const project = c.req.query('project');
    const resumed = c.req.header('last-event-id') ?? c.req.query('after');
    let at = resumed === undefined || resumed === '' ? await eventsNow(database) : parseId(resumed);
    return streamSSE(c, async (stream) => {
      const over = new AbortController();
      stream.onAbort(() => over.abort());
      const signal = AbortSignal.any([over.signal, stopping]);
      await stream.writeSSE({ event: 'ready', id: printId(at), data: '{}' });
      for (let beatAt = Date.now() + BEAT_MS; !signal.aborted; ) {
        const rung = bell.next(POLL_MS, signal);
        const found = await eventsAfter(database, at, PAGE);
        for (const event of found) {
          at = event;
          if (project !== undefined && event.project !== project) continue;
          const data = {
            project: event.project,
            kind: event.kind,
            run: event.run,
            at: event.at.toISOString(),
            body: event.body,
          };
          await stream.writeSSE({ id: printId(event), event: event.kind, data: JSON.stringify(data) });
        }
        if (found.length < PAGE) await rung;
        if (Date.now() > beatAt) {
          await stream.writeSSE({ event: 'beat', data: '{}' });
          beatAt = Date.now() + BEAT_MS;
        }
      }
    });
  });
}

const printId = ({ xid, id }: EventCursor): string => `${xid}-${id}`;

function parseId(text: string): EventCursor {
  const match = /^(\d{1,20})-(\d{1,18})$/.exec(text);
  if (!match) throw invalid('this is no event id of ours');
  return { xid: match[1]!, id: match[2]! };
}

type Bell = Readonly<{
  /** Resolves at the next notification, after `ms`, or when `signal` aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>;
  stop(): void;
}>;

/** One LISTEN for all readers, made when the first one comes. A notification that is missed costs the poll interval. */
function createBell(database: Database): Bell {
  const waiting = new Set<() => void>();
  const ring = (): void => {
    for (const wake of [...waiting]) wake();
  };
  let listening: Promise<{ unlisten(): Promise<void> }> | undefined;
  return {
    next(ms, signal) {
      listening ??= database.listen(CHANNEL, ring);
      listening.catch(() => {
        listening = undefined;
      });
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
    stop() {
      ring();
      listening?.then((it) => it.unlisten()).catch(() => {});
    },
  };
}
