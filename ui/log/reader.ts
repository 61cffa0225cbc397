// Fetches a log by byte ranges and follows it while its attempt lives. The stream only says "there is more":
// the bytes themselves always come by range, so nothing is lost or doubled when a stream breaks and resumes.

import { api } from '@/data/paths';
import { follow, pause, type ServerEvent } from '@/data/sse';
import { addShown, append, beginAt, emptyLog, type HeldLog, keepLast, prepend } from './lines';

/** What the viewer opens with: the end of the file. */
export const TAIL_BYTES = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** What one viewer holds at most; the whole file can always be downloaded. */
const HELD_MOST_BYTES = 24 * 1024 * 1024;
/** Who follows and is behind by more than this goes on at the end: nobody reads what runs by so fast. */
const BEHIND_MOST_BYTES = 4 * 1024 * 1024;
/** A log that grows without pause is shown so often. */
const PAUSE_MS = 200;

export type LogReader = Readonly<{
  start: (options: Readonly<{ size: number; live: boolean; fromStart: boolean }>) => void;
  earlier: () => Promise<void>;
  /** Whether the end is shown as it comes, and what is far above it let go; else nothing moves, and reading stops at what one viewer holds. */
  follow: (followed: boolean) => void;
  /** The attempt has ended: reads what is left and follows no more. */
  settle: () => void;
  stop: () => void;
}>;

/** What is held of a log; and what a job prints that has filled its head, until that is stored. */
export type LogSeen = Readonly<{ log: HeldLog; shown: HeldLog | undefined; problem: string | null }>;

/** Reads the log of one attempt; `onLog` gets each new state. */
export function openLogReader(run: string, attempt: number, onLog: (seen: LogSeen) => void): LogReader {
  const ending = new AbortController();
  const following = new AbortController();
  ending.signal.addEventListener('abort', () => following.abort());
  let log: HeldLog | undefined;
  let shown: HeldLog | undefined;
  /** How long the file was when something was shown beside it. */
  let shownBeside = 0;
  let reading: Promise<void> = Promise.resolve();
  let queued = false;
  let followed = true;
  /** The length of the file, as it was told last. */
  let length = 0;
  const tell = (next: HeldLog, problem: string | null = null) => {
    log = next;
    // The file goes on where its head ended: what was shown is in it now, or is left out.
    if (length > shownBeside) shown = undefined;
    if (!ending.signal.aborted) onLog({ log: next, shown, problem });
  };
  const fetchRange = async (from: number, to: number): Promise<Uint8Array> => {
    if (to <= from) return new Uint8Array();
    const response = await fetch(api.log(run, attempt, { from, to }), { signal: ending.signal });
    if (response.status === 416 || response.status === 204) return new Uint8Array();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    length = Math.max(length, Number(response.headers.get('x-hera-log-length') ?? 0));
    return new Uint8Array(await response.arrayBuffer());
  };
  const readForward = async () => {
    queued = false;
    while (log && (followed || log.to - log.from < HELD_MOST_BYTES)) {
      if (followed && length - log.to > BEHIND_MOST_BYTES) {
        const at = length - TAIL_BYTES;
        tell(beginAt(at, await fetchRange(at, length)));
      } else {
        const bytes = await fetchRange(log.to, log.to + CHUNK_BYTES);
        if (bytes.length === 0) return;
        const grown = append(log, bytes);
        tell(followed ? keepLast(grown, HELD_MOST_BYTES) : grown);
      }
      await pause(PAUSE_MS, ending.signal);
    }
  };
  // One reading at a time: each begins where the one before ended.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    reading = reading.then(work).catch((cause: unknown) => {
      if (!ending.signal.aborted && log)
        onLog({ log, shown, problem: cause instanceof Error ? cause.message : String(cause) });
    });
    return reading;
  };
  const showBeside = (data: string) => {
    const { at, base64 } = JSON.parse(data) as { at: number; base64: string };
    shown = addShown(
      shown,
      at,
      Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
    );
    shownBeside = length;
    if (log) tell(log);
  };
  const learnLength = (data: string) => {
    length = Math.max(length, (JSON.parse(data) as { length: number }).length);
  };
  const readOn = () => {
    if (queued) return;
    queued = true;
    void inTurn(readForward);
  };
  return {
    start: ({ size, live, fromStart }) => {
      const from = fromStart ? 0 : Math.max(0, size - TAIL_BYTES);
      length = size;
      followed = !fromStart;
      tell(emptyLog(from));
      void inTurn(async () => tell(beginAt(from, await fetchRange(from, Math.max(size, from + 1)))));
      readOn();
      const address = () => api.logLengths(run, attempt);
      const onMore = ({ event, data }: ServerEvent) => {
        if (event === 'shown') return showBeside(data);
        if (event === 'length') learnLength(data);
        if (event === 'end') shown = undefined;
        readOn();
        if (event === 'end') following.abort();
      };
      if (live) void follow({ address, onEvent: onMore, onOpen: readOn, signal: following.signal });
    },
    earlier: () =>
      inTurn(async () => {
        if (!log || log.from === 0 || log.to - log.from >= HELD_MOST_BYTES) return;
        const from = Math.max(0, log.from - CHUNK_BYTES);
        tell(prepend(log, from, await fetchRange(from, log.from)));
      }),
    follow: (next) => {
      if (followed === next) return;
      followed = next;
      if (next) readOn();
    },
    settle: () => {
      following.abort();
      readOn();
    },
    stop: () => ending.abort(),
  };
}
