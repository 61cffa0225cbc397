'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { RunSummary } from '@/data/shapes';
import { shownState } from '@/look/state';
import { offsetZone } from '@/look/time';
import { Instant, Took } from './instant';
import { ReasonWords } from './reason-words';
import { StateWord } from './state-icon';

type RunTableProps = Readonly<{ runs: readonly RunSummary[]; jobZone?: string; withJob?: boolean }>;

/** Runs as rows: state, job, period, trigger, when and how long, and for those that wait the first reason. */
export function RunTable({ runs, jobZone, withJob = true }: RunTableProps) {
  const t = useTranslations('runs');
  return (
    <table className="rows stack">
      <thead>
        <tr>
          <th className={withJob ? 'md:pl-6!' : ''}>{t('state')}</th>
          {withJob && <th>{t('job')}</th>}
          <th>{t('period')}</th>
          <th className={withJob ? '' : 'max-2xl:hidden'}>{t('trigger')}</th>
          <th className="max-2xl:hidden">{t('started')}</th>
          <th className="end">{t('took')}</th>
          <th className="w-full">{t('why')}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.run} run={run} jobZone={jobZone ?? offsetZone(run.periodLocal)} withJob={withJob} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run, jobZone, withJob }: Readonly<{ run: RunSummary; jobZone: string; withJob: boolean }>) {
  const word = useTranslations('trigger');
  const t = useTranslations('runs');
  const first = run.reasons[0];
  return (
    <tr>
      <td className={withJob ? 'on-bg md:pl-6!' : 'on-bg'}>
        <StateWord state={shownState(run)} />
      </td>
      {withJob && (
        <td className="grow font-medium">
          <Link
            href={page.job(run.job, run.project)}
            prefetch={false}
            className="break-all hover:text-accent hover:underline md:inline-block md:w-max md:max-w-md md:whitespace-normal"
          >
            {run.job}
          </Link>
        </td>
      )}
      <td className={withJob ? '' : 'grow'}>
        <Link href={page.run(run.run)} prefetch={false} className="font-medium hover:text-accent hover:underline">
          <Instant at={run.period} jobZone={jobZone} short />
        </Link>
      </td>
      <td className={clsx('text-muted max-md:text-sm', !withJob && 'max-2xl:hidden')}>
        {word(run.trigger)}
        {run.turn > 1 && <span className="numbers">{t('turn', { n: run.turn })}</span>}
      </td>
      <td className="text-muted max-2xl:hidden">{run.startedAt && <Instant at={run.startedAt} jobZone={jobZone} />}</td>
      <td className="end max-md:text-sm">
        {run.startedAt && (run.endedAt !== null || run.state === 'running') && (
          <Took from={run.startedAt} to={run.endedAt} />
        )}
      </td>
      <td className="whole w-full text-muted md:max-w-0 md:truncate">
        {first && <ReasonWords reason={first} jobZone={jobZone} plain />}
        {run.reasons.length > 1 && (
          <span className="text-muted">{t('andMore', { count: run.reasons.length - 1 })}</span>
        )}
      </td>
    </tr>
  );
}
