import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { readJobFilters, type SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { JobFacets, JobSummary, Page } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';
import { NoProject } from '@/parts/no-project';
import { JobList } from './job-list';

type Props = Readonly<{ searchParams: Promise<SearchParams> }>;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('jobs') };
}

const LIMIT = 100;
const NO_FACETS: JobFacets = { folders: [], owners: [], tags: [], groups: [] };

export default async function JobsPage({ searchParams }: Props) {
  const params = await searchParams;
  const { filters, ignored } = readJobFilters(params);
  const projects = await readProjects(typeof params.project === 'string' ? params.project : undefined);
  const path = api.jobs({ project: projects.current, ...filters, limit: LIMIT });
  const [answer, facets] = await Promise.all([
    readApiSignedIn<Page<JobSummary>>(path, address('/jobs', params)),
    readApi<JobFacets>(api.facets(projects.current)),
  ]);
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  if (projects.current === null) return <NoProject />;
  return (
    <JobList
      path={path}
      first={answer.value}
      facets={facets.ok ? facets.value : NO_FACETS}
      filters={filters}
      ignored={ignored}
      project={projects.current}
    />
  );
}
