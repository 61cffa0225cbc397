// Reads a stream of server-sent events by fetch (not EventSource: that one hides the status and drops events with unknown names).

export type ServerEvent = Readonly<{ id: string; event: string; data: string }>;

/** Cuts a stream of text into events (WHATWG HTML §9.2.6); comments are pings and give nothing. */
export function createEventParser(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = '';
  let id = '';
  let event = '';
  let data: string[] = [];
  const endOfEvent = () => {
    if (data.length > 0) onEvent({ id, event: event || 'message', data: data.join('\n') });
    event = '';
    data = [];
  };
  const field = (line: string) => {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') id = value;
    else if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) line === '' ? endOfEvent() : field(line);
  };
}

type Following = Readonly<{
  address: (lastId: string | undefined) => string;
  onEvent: (event: ServerEvent) => void;
  onOpen?: () => void;
  /** The stream ended or broke; it is tried again after so many ms. */
  onBroken?: (retryMs: number) => void;
  signal: AbortSignal;
}>;

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 15_000;

/** Follows a stream until aborted, resuming after the last event seen; a 4xx (but 408, 429) ends it for good. */
export async function follow(following: Following): Promise<void> {
  let lastId: string | undefined;
  let retryMs = RETRY_FIRST_MS;
  while (!following.signal.aborted) {
    const end = await readOnce(following, lastId, (event) => {
      if (event.id !== '') lastId = event.id;
      retryMs = RETRY_FIRST_MS;
      following.onEvent(event);
    });
    if (end === 'refused' || following.signal.aborted) return;
    following.onBroken?.(retryMs);
    await pause(retryMs, following.signal);
    retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
  }
}

async function readOnce(
  { address, signal, onOpen }: Following,
  lastId: string | undefined,
  onEvent: (event: ServerEvent) => void,
): Promise<'ended' | 'refused'> {
  try {
    const resume = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await fetch(address(lastId), { headers: { accept: 'text/event-stream', ...resume }, signal });
    if (response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status)) return 'refused';
    if (!response.ok || !response.body) return 'ended';
    onOpen?.();
    const parse = createEventParser(onEvent);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) parse(part.value);
  } catch {
    // A broken connection is what the next try is for.
  }
  return 'ended';
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => end(), ms);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
  });
