'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { fetchOrThrow } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import type { JobDetail, Page, RunSummary } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { shownState } from '@/look/state';
import { ReasonWords } from '@/parts/reason-words';
import { RunJob } from '@/parts/run-job';
import { RunTable } from '@/parts/run-table';
import { StateWord } from '@/parts/state-icon';
import { PageHead, Panel, TextLink } from '@/parts/surface';
import { Definition, Variables } from './definition';
import { NextRuns } from './next-runs';

type JobViewProps = Readonly<{ first: JobDetail; runs: Page<RunSummary>; mayRun: boolean }>;

/** A job: what it is as deployed, when it runs next, what it needs and releases, and how its last runs went. */
export function JobView({ first, runs, mayRun }: JobViewProps) {
  const t = useTranslations('job');
  const { job, project } = first;
  const detail = useQuery({
    queryKey: ['job', project, job],
    queryFn: () => fetchOrThrow<JobDetail>(api.job(project, job)),
    initialData: first,
  }).data;
  const path = api.runs({ project, job, limit: 20 });
  const last = useQuery({
    queryKey: ['runs', path],
    queryFn: () => fetchOrThrow<Page<RunSummary>>(path),
    initialData: runs,
  }).data;
  return (
    <>
      <PageHead
        title={<JobName job={job} project={project} />}
        aside={<RunJob project={project} job={job} allowed={mayRun} label={t('run')} look="primary" />}
      >
        <Subtitle detail={detail} />
      </PageHead>
      <div className="grid gap-4 px-4 md:px-6 xl:grid-cols-[minmax(0,1fr)_340px]">
        <div className="flex min-w-0 flex-col gap-4">
          <Panel
            title={t('lastRuns')}
            flush
            aside={<TextLink href={page.runs({ project, job })}>{t('allRuns')}</TextLink>}
          >
            {last.items.length === 0 ? (
              <p className="px-4 py-6 text-muted">{t('noRuns')}</p>
            ) : (
              <RunTable runs={last.items} jobZone={detail.zone} withJob={false} />
            )}
          </Panel>
          <Script detail={detail} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <NextRuns nextRuns={detail.nextRuns} zone={detail.zone} enabled={detail.enabled} />
          <Definition detail={detail} />
          <Links detail={detail} />
          <Variables detail={detail} />
        </div>
      </div>
    </>
  );
}

function JobName({ job, project }: Readonly<{ job: string; project: string }>) {
  const parts = job.split('/');
  return (
    <span className="wrap-anywhere">
      {parts.slice(0, -1).map((part, i) => {
        const folder = parts.slice(0, i + 1).join('/');
        return (
          <span key={folder} className="font-normal text-muted">
            <TextLink href={page.jobs({ project, folder })} className="text-muted!">
              {part}
            </TextLink>
            <span aria-hidden>{' / '}</span>
          </span>
        );
      })}
      {parts.at(-1)}
    </span>
  );
}

function Subtitle({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  const newest = detail.last.at(-1);
  const about = [detail.title, detail.description].filter((text) => text !== null).join(' · ');
  return (
    <div className="mt-1 flex flex-col gap-1.5">
      {about !== '' && <p>{about}</p>}
      {detail.freezes.map(({ id, at, endedAt: _, ...freeze }) => (
        <p key={id} className="text-text">
          <ReasonWords reason={{ kind: 'freeze', freeze: id, ...freeze }} jobZone={detail.zone} />
        </p>
      ))}
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
        {!detail.enabled && <StateWord state="closed" />}
        {newest && (
          <span className="inline-flex items-center gap-2">
            {t('newest')} <StateWord state={shownState(newest)} />
          </span>
        )}
        <span>
          {t('fromCommit')} <code className="font-mono text-text">{shortCommit(detail.commit)}</code> ·{' '}
          <code className="break-all font-mono text-text">{detail.file}</code>
        </span>
      </p>
    </div>
  );
}

function Script({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  const { engine, path, script, args } = detail.run;
  return (
    <Panel
      title={t('script')}
      aside={
        <span className="text-muted">
          {engine}
          {path !== null && <code className="ml-2 break-all font-mono">{path}</code>}
        </span>
      }
    >
      {/* Scrolls by itself, so it can be reached by the keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus */}
      <pre tabIndex={0} className="max-h-96 overflow-auto font-mono text-sm leading-[18px]">
        {script === '' ? t('noScript') : script}
      </pre>
      {args.length > 0 && (
        <p className="mt-2 text-muted">
          {t('args')} <code className="break-all font-mono text-text">{args.join(' ')}</code>
        </p>
      )}
    </Panel>
  );
}

function Links({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  return (
    <Panel title={t('links')}>
      <h3 className="font-medium text-muted text-sm">{t('upstream', { count: detail.needs.length })}</h3>
      <ul className="mt-1 mb-3 flex flex-col gap-1">
        {detail.needs.map((need) => (
          <li key={`${need.job} ${need.what}`} className="flex flex-wrap justify-between gap-x-3">
            <TextLink href={page.job(need.job, detail.project)} className="break-all">
              {need.job}
            </TextLink>
            <span className="text-muted">{t('needOf', { what: need.what })}</span>
          </li>
        ))}
      </ul>
      <h3 className="font-medium text-muted text-sm">{t('downstream', { count: detail.downstream.length })}</h3>
      <ul className="mt-1 flex flex-col gap-1">
        {detail.downstream.map((job) => (
          <li key={job}>
            <TextLink href={page.job(job, detail.project)} className="break-all">
              {job}
            </TextLink>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
