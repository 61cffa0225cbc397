'use client';

import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { printInstant } from '@/look/time';
import { Ago } from '@/parts/instant';
import { Panel } from '@/parts/surface';

const never = () => () => {};

/** The browser's own zone; null while the page hydrates, since the server cannot know it. */
const useViewerZone = (): string | null =>
  useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => null,
  );

const SHOWN = 5;

type NextRunsProps = Readonly<{ nextRuns: readonly string[]; zone: string; enabled: boolean }>;

/** The next runs in the job's zone, the viewer's and UTC: each zone once, and only where it says something else. */
export function NextRuns({ nextRuns, zone, enabled }: NextRunsProps) {
  const t = useTranslations('job');
  const viewer = useViewerZone();
  const shown = nextRuns.slice(0, SHOWN);
  const differs = (other: string) => shown.some((at) => printInstant(at, other) !== printInstant(at, zone));
  const columns = [
    { zone, name: t('jobZone', { zone }) },
    ...(viewer !== null && viewer !== 'UTC' && differs(viewer)
      ? [{ zone: viewer, name: t('yourZone', { zone: viewer }) }]
      : []),
    ...(differs('UTC') ? [{ zone: 'UTC', name: t('utc') }] : []),
  ];
  if (shown.length === 0) {
    return (
      <Panel title={t('nextRuns')}>
        <p className="text-muted">{enabled ? t('noNext') : t('closed')}</p>
      </Panel>
    );
  }
  return (
    <Panel
      title={t('nextRuns')}
      aside={
        <span className="text-muted">
          <Ago at={shown[0]!} />
        </span>
      }
    >
      <div className="flex flex-col gap-3">
        {columns.map((column) => (
          <div key={column.zone}>
            <h3 className="font-medium text-muted text-sm">{column.name}</h3>
            <ul className="numbers mt-1 grid grid-cols-2 gap-x-4">
              {shown.map((at) => (
                <li key={at}>
                  <time dateTime={at}>{printInstant(at, column.zone, true)}</time>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </Panel>
  );
}
