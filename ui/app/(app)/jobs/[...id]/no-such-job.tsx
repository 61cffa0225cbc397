'use client';

import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { fetchOrThrow } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import type { JobSummary, Page } from '@/data/shapes';
import { Empty } from '@/parts/empty';
import { useProject } from '@/parts/shell/live';
import { TextLink } from '@/parts/surface';

const NEAREST = 5;

/** The address names a job that is not deployed: the nearest ones, and the way back. */
export function NoSuchJob() {
  const t = useTranslations('missing');
  const { id } = useParams<{ id?: string[] }>();
  const job = (id ?? []).map(decodeURIComponent).join('/');
  const near = useNearest(job);
  return (
    <Empty title={t('job', { job })} why={near.length > 0 ? t('near') : t('jobWhy')}>
      <ul className="flex flex-col gap-1">
        {near.map((each) => (
          <li key={each}>
            <TextLink href={page.job(each)}>{each}</TextLink>
          </li>
        ))}
      </ul>
      <TextLink href="/jobs">{t('toJobs')}</TextLink>
    </Empty>
  );
}

function useNearest(job: string): readonly string[] {
  const current = useProject();
  const project = useSearchParams().get('project') ?? current;
  const path = api.jobs({ project, q: job.split('/').at(-1), limit: NEAREST });
  const { data } = useQuery({ queryKey: ['jobs', path], queryFn: () => fetchOrThrow<Page<JobSummary>>(path) });
  return data?.items.map((each) => each.job) ?? [];
}
