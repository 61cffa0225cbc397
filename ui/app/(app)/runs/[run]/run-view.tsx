'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { fetchOrThrow } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import type { RunDetail } from '@/data/shapes';
import { isMoving, isUnmet, shownState, tabMark } from '@/look/state';
import { Instant } from '@/parts/instant';
import { CancelRun, RunJob } from '@/parts/run-job';
import { StateWord } from '@/parts/state-icon';
import { PageHead, TextLink } from '@/parts/surface';
import { Attempts, Turns } from './attempts';
import { Neighbours } from './neighbours';
import { RunFacts } from './run-facts';
import { RunLog } from './run-log';
import { RunScript } from './run-script';
import { Why } from './why';

type RunViewProps = Readonly<{ first: RunDetail; mayAct: boolean; attempt: number | null }>;

/** Where no event arrives (the stream is down), a moving run is still looked at this often. */
const LOOK_AGAIN_MS = 10_000;

/** A run: summary first, then why it does not run, then what happened and its output. */
export function RunView({ first, mayAct, attempt }: RunViewProps) {
  const { data: run } = useQuery({
    queryKey: ['run', first.run],
    queryFn: () => fetchOrThrow<RunDetail>(api.run(first.run)),
    initialData: first,
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data.state) ? LOOK_AGAIN_MS : false),
  });
  useTitle(`${tabMark(shownState(run))}${run.job}`);
  return (
    <>
      <Head run={run} mayAct={mayAct} />
      <div className="flex flex-col gap-4 px-4 md:px-6">
        <Why run={run} />
        <RunFacts run={run} />
        <div className="grid gap-4 xl:grid-cols-2">
          <Neighbours kind="needs" all={run.needs} zone={run.zone} />
          <Neighbours kind="downstream" all={run.downstream} zone={run.zone} blocks={isUnmet(run.state)} />
        </div>
        <Attempts run={run} />
        <RunLog run={run} asked={attempt} />
        <RunScript run={run} asked={attempt} />
        <Turns run={run} />
      </div>
    </>
  );
}

// The tab follows the state while the page stays open; the server named it only once.
function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Hera`;
  }, [title]);
}

function Head({ run, mayAct }: Readonly<{ run: RunDetail; mayAct: boolean }>) {
  const t = useTranslations('run');
  const live = run.state === 'queued' || run.state === 'running';
  const ended = !isMoving(run.state);
  return (
    <PageHead
      title={
        <span className="flex flex-wrap items-baseline gap-x-3">
          <TextLink href={page.job(run.job, run.project)} className="break-all text-text!">
            {run.job}
          </TextLink>
          <span className="font-normal text-muted">
            <Instant at={run.period} jobZone={run.zone} short />
          </span>
        </span>
      }
      aside={
        <>
          <RunJob
            project={run.project}
            job={run.job}
            period={run.period}
            jobZone={run.zone}
            label={run.attempts.length > 0 ? t('again') : t('now')}
            allowed={mayAct}
            notNow={live ? t('againNotNow') : undefined}
          />
          <CancelRun
            run={run.run}
            job={run.job}
            running={run.state === 'running'}
            allowed={mayAct}
            notNow={ended ? t('cancelNotNow') : run.cancelling ? t('cancelling') : undefined}
          />
        </>
      }
    >
      <p className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-lg" aria-live="polite">
        <StateWord state={shownState(run)} />
        {run.cancelling && !ended && <span className="text-muted">{t('cancelling')}</span>}
      </p>
    </PageHead>
  );
}
