'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { Ignored, JobFilters } from '@/data/filters';
import { page } from '@/data/paths';
import { type JobFacets, type JobSummary, type Page, RUN_STATES } from '@/data/shapes';
import { shownState } from '@/look/state';
import { Empty } from '@/parts/empty';
import { FilterBar, SelectFilter, useFilters, withChosen } from '@/parts/filter-bar';
import { Instant } from '@/parts/instant';
import { ListEnd, usePages } from '@/parts/pages-of';
import { StateIcon } from '@/parts/state-icon';
import { Button, PageHead } from '@/parts/surface';
import { Ticks } from '@/parts/ticks';

type JobListProps = Readonly<{
  path: string;
  first: Page<JobSummary>;
  facets: JobFacets;
  filters: JobFilters;
  ignored: readonly Ignored[];
  project: string;
}>;

export function JobList({ path, first, facets, filters, ignored, project }: JobListProps) {
  const t = useTranslations('jobs');
  const { items, ...end } = usePages<JobSummary>(path, first);
  const filtered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHead title={t('title')} />
      <JobFilterBar facets={facets} filters={filters} ignored={ignored} />
      {items.length === 0 ? (
        <NoJobs filtered={filtered} project={project} />
      ) : (
        <>
          <JobTable items={items} project={project} />
          <ListEnd shown={items.length} {...end} />
        </>
      )}
    </>
  );
}

function JobFilterBar({ facets, filters, ignored }: Readonly<Pick<JobListProps, 'facets' | 'filters' | 'ignored'>>) {
  const t = useTranslations('filter');
  const word = useTranslations('state');
  const states = RUN_STATES.map((value) => ({ value, label: word(value) }));
  const choices = [
    ['folder', t('folder'), t('anyFolder'), facets.folders],
    ['owner', t('owner'), t('anyOwner'), facets.owners],
    ['tag', t('tag'), t('anyTag'), facets.tags],
    ['group', t('group'), t('anyGroup'), facets.groups],
  ] as const;
  return (
    <FilterBar active={Object.keys(filters).length > 0} ignored={ignored}>
      <SelectFilter
        name="state"
        label={t('state')}
        all={t('anyState')}
        value={filters.state ?? ''}
        options={withChosen(states, filters.state)}
      />
      {choices.map(([name, label, all, values]) => (
        <SelectFilter
          key={name}
          name={name}
          label={label}
          all={all}
          value={filters[name] ?? ''}
          options={withChosen(values.map(asOption), filters[name])}
        />
      ))}
    </FilterBar>
  );
}

const asOption = (value: string) => ({ value, label: value });

function NoJobs({ filtered, project }: Readonly<{ filtered: boolean; project: string }>) {
  const t = useTranslations('jobs');
  const filter = useTranslations('filter');
  const { clear } = useFilters();
  if (!filtered)
    return <Empty within title={t('none')} why={t('noneWhy', { project })} commands={['hera plan', 'hera apply']} />;
  return (
    <Empty within title={t('noMatch')} why={t('noMatchWhy')}>
      <Button onClick={clear}>{filter('clear')}</Button>
    </Empty>
  );
}

function JobTable({ items, project }: Readonly<{ items: readonly JobSummary[]; project: string }>) {
  const t = useTranslations('jobs');
  return (
    <div className="md:overflow-x-auto">
      <table className="rows stack">
        <thead>
          <tr>
            <th className="md:w-6 md:pr-0 md:pl-6!">
              <span className="sr-only">{t('lastState')}</span>
            </th>
            <th>{t('job')}</th>
            <th>{t('what')}</th>
            <th>{t('owner')}</th>
            <th>{t('next')}</th>
            <th className="end md:pr-6!">{t('last14')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((job) => (
            <JobRow key={job.job} job={job} project={project} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function JobRow({ job, project }: Readonly<{ job: JobSummary; project: string }>) {
  return (
    <tr>
      <td className="on-bg max-md:flex md:pr-0 md:pl-6!">
        <span className="flex items-center">
          <LastState job={job} />
        </span>
      </td>
      <td className="grow font-medium">
        <Link
          href={page.job(job.job, project)}
          prefetch={false}
          className="break-all hover:text-accent hover:underline md:inline-block md:w-max md:max-w-sm md:whitespace-normal"
        >
          {job.job}
        </Link>
      </td>
      <td className="whole w-full text-muted md:max-w-0 md:truncate" title={job.description ?? undefined}>
        <WhatItDoes job={job} />
      </td>
      <td className="text-muted max-md:text-sm md:max-w-32 md:truncate" title={job.owner ?? undefined}>
        {job.owner}
      </td>
      <td className="max-md:flex-1 max-md:whitespace-nowrap! max-md:text-sm">
        <Next job={job} />
      </td>
      <td className="on-bg md:pr-6!">
        <div className="flex justify-end">
          <Ticks last={job.last} />
        </div>
      </td>
    </tr>
  );
}

function WhatItDoes({ job }: Readonly<{ job: JobSummary }>) {
  const both = job.title !== null && job.description !== null;
  return (
    <>
      {job.title !== null && <span className="text-text">{job.title}</span>}
      {both && ' · '}
      {job.description}
    </>
  );
}

function LastState({ job }: Readonly<{ job: JobSummary }>) {
  const word = useTranslations('state');
  const newest = job.last.at(-1);
  if (!job.enabled) return <StateIcon state="closed" label={word('closed')} />;
  if (!newest) return <StateIcon state="none" label={word('none')} />;
  const state = shownState(newest);
  return (
    <Link href={page.run(newest.run)} prefetch={false} className="-m-1 inline-flex p-1" aria-label={word(state)}>
      <StateIcon state={state} />
    </Link>
  );
}

function Next({ job }: Readonly<{ job: JobSummary }>) {
  const t = useTranslations('jobs');
  const next = job.nextRuns[0];
  if (!job.enabled) return <span className="text-muted">{t('closed')}</span>;
  if (next === undefined) return <span className="text-muted">{t('never')}</span>;
  return <Instant at={next} jobZone={job.zone} short />;
}
