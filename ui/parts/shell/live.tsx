'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { api } from '@/data/paths';
import { follow } from '@/data/sse';
import { useSpan } from '../instant';
import { useNow } from './zone';

type Liveness =
  | Readonly<{ kind: 'connecting' }>
  | Readonly<{ kind: 'live' }>
  | Readonly<{ kind: 'broken'; since: number; retryAt: number }>;

const LiveContext = createContext<Liveness>({ kind: 'connecting' });
const ProjectContext = createContext<string | null>(null);

/** The project looked at, whose changes are followed. */
export const useProject = (): string | null => useContext(ProjectContext);

// Changes come in bursts (a tick of 500 jobs); what is shown is read again at most this often.
const COALESCE_MS = 400;

/** Follows what changes and marks what is shown as old, so that it is read again; a broken stream ends in one full reading. */
export function LiveProvider({ project, children }: Readonly<{ project: string | null; children: ReactNode }>) {
  const client = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>({ kind: 'connecting' });
  useEffect(() => {
    if (project === null) return;
    const ending = new AbortController();
    let due: ReturnType<typeof setTimeout> | undefined;
    const readAgain = () => {
      due ??= setTimeout(() => {
        due = undefined;
        void client.invalidateQueries();
      }, COALESCE_MS);
    };
    let broken = false;
    void follow({
      address: () => api.events(project),
      signal: ending.signal,
      onEvent: ({ event }) => {
        // The stream says hello and that it is alive; neither is a change.
        if (event !== 'ready' && event !== 'beat') readAgain();
      },
      onOpen: () => {
        setLiveness({ kind: 'live' });
        if (broken) readAgain();
        broken = false;
      },
      onBroken: (retryMs) => {
        const now = Date.now();
        broken = true;
        setLiveness((was) => ({
          kind: 'broken',
          since: was.kind === 'broken' ? was.since : now,
          retryAt: now + retryMs,
        }));
      },
    });
    return () => {
      ending.abort();
      clearTimeout(due);
    };
  }, [client, project]);
  return (
    <ProjectContext value={project}>
      <LiveContext value={liveness}>{children}</LiveContext>
    </ProjectContext>
  );
}

/** One dot: live, connecting, or reconnecting and stale since. */
export function LiveDot() {
  const liveness = useContext(LiveContext);
  const t = useTranslations('live');
  const colour = { live: 'var(--succeeded)', connecting: 'var(--border-control)', broken: 'var(--waiting)' }[
    liveness.kind
  ];
  return (
    <span className="inline-flex items-center gap-1.5 text-muted text-sm" role="status">
      <span
        className="size-2 rounded-full"
        style={liveness.kind === 'live' ? { background: colour } : { boxShadow: `inset 0 0 0 2px ${colour}` }}
      />
      {liveness.kind === 'broken' ? <Broken since={liveness.since} retryAt={liveness.retryAt} /> : t(liveness.kind)}
    </span>
  );
}

function Broken({ since, retryAt }: Readonly<{ since: number; retryAt: number }>) {
  const t = useTranslations('live');
  const span = useSpan();
  const now = useNow();
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return <span title={t('staleSince', { span: span(Math.max(0, now - since)) })}>{t('broken', { seconds })}</span>;
}
