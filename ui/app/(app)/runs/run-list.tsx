'use client';

import { useTranslations } from 'next-intl';
import type { Ignored, RunFilters } from '@/data/filters';
import { type Page, RUN_STATES, type RunSummary, TRIGGERS } from '@/data/shapes';
import { Empty } from '@/parts/empty';
import { FilterBar, SelectFilter, TextFilter, useFilters, withChosen } from '@/parts/filter-bar';
import { ListEnd, usePages } from '@/parts/pages-of';
import { RunTable } from '@/parts/run-table';
import { Button, PageHead } from '@/parts/surface';
import { TimeFilter } from './time-filter';

type RunListProps = Readonly<{
  path: string;
  first: Page<RunSummary>;
  filters: RunFilters;
  ignored: readonly Ignored[];
  /** The project's: dates of the filter are days there. */
  zone: string;
}>;

export function RunList({ path, first, filters, ignored, zone }: RunListProps) {
  const t = useTranslations('runs');
  const { items, ...end } = usePages<RunSummary>(path, first);
  return (
    <>
      <PageHead title={t('title')} />
      <RunFilterBar
        zone={zone}
        filters={filters}
        ignored={ignored}
        jobs={[...new Set(items.map((run) => run.job))].sort()}
      />
      {items.length === 0 ? (
        <NoRuns filtered={Object.keys(filters).length > 0} />
      ) : (
        <>
          <div className="md:overflow-x-auto">
            <RunTable runs={items} />
          </div>
          <ListEnd shown={items.length} {...end} />
        </>
      )}
    </>
  );
}

function RunFilterBar({
  filters,
  ignored,
  jobs,
  zone,
}: Readonly<Pick<RunListProps, 'filters' | 'ignored' | 'zone'> & { jobs: readonly string[] }>) {
  const t = useTranslations('filter');
  const state = useTranslations('state');
  const trigger = useTranslations('trigger');
  return (
    <FilterBar active={Object.keys(filters).length > 0} ignored={ignored}>
      <SelectFilter
        name="state"
        label={t('state')}
        all={t('anyState')}
        value={filters.state ?? ''}
        options={withChosen(
          RUN_STATES.map((value) => ({ value, label: state(value) })),
          filters.state,
        )}
      />
      <TextFilter name="job" label={t('job')} value={filters.job ?? ''} known={jobs} wide />
      <SelectFilter
        name="trigger"
        label={t('trigger')}
        all={t('anyTrigger')}
        value={filters.trigger ?? ''}
        options={TRIGGERS.map((value) => ({ value, label: trigger(value) }))}
      />
      <TimeFilter from={filters.from ?? ''} to={filters.to ?? ''} zone={zone} />
    </FilterBar>
  );
}

function NoRuns({ filtered }: Readonly<{ filtered: boolean }>) {
  const t = useTranslations('runs');
  const filter = useTranslations('filter');
  const { clear } = useFilters();
  if (!filtered) return <Empty within title={t('none')} why={t('noneWhy')} commands={['hera run JOB --wait']} />;
  return (
    <Empty within title={t('noMatch')} why={t('noMatchWhy')}>
      <Button onClick={clear}>{filter('clear')}</Button>
    </Empty>
  );
}
