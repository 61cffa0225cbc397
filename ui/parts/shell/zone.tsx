'use client';

import { createContext, type ReactNode, useCallback, useContext, useMemo, useState, useSyncExternalStore } from 'react';
import { parseZoneChoice, printZoneChoice, ZONE_COOKIE, type ZoneChoice } from '@/look/time';
import { keepChoice } from './choices';

type ZoneState = Readonly<{ choice: ZoneChoice; choose: (choice: ZoneChoice) => void; servedAt: number }>;

const ZoneContext = createContext<ZoneState>({ choice: { kind: 'job' }, choose: () => {}, servedAt: 0 });

/** Holds the zone the visitor reads times in, and the server's clock at rendering, so that both sides print the same. */
export function ZoneProvider(props: Readonly<{ chosen: string; servedAt: number; children: ReactNode }>) {
  const [choice, setChoice] = useState(() => parseZoneChoice(props.chosen));
  const choose = useCallback((next: ZoneChoice) => {
    setChoice(next);
    keepChoice(ZONE_COOKIE, printZoneChoice(next));
  }, []);
  const state = useMemo(() => ({ choice, choose, servedAt: props.servedAt }), [choice, choose, props.servedAt]);
  return <ZoneContext value={state}>{props.children}</ZoneContext>;
}

export const useZone = (): ZoneState => useContext(ZoneContext);

const SECOND = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = 0;

// One timer for the whole page, only while something shows a moving time.
function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = Math.floor(Date.now() / SECOND) * SECOND;
    for (const each of listeners) each();
  }, SECOND);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

const readSecond = (): number => {
  if (second === 0 || timer === undefined) second = Math.floor(Date.now() / SECOND) * SECOND;
  return second;
};

/** Now, to the second, moving; while the page hydrates it is the server's. */
export function useNow(): number {
  const { servedAt } = useZone();
  return useSyncExternalStore(listen, readSecond, () => servedAt);
}
