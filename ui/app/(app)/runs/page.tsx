import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { readRunFilters, type SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { Page, RunSummary } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { resolveInstant } from '@/look/time';
import { ProblemNote } from '@/parts/empty';
import { NoProject } from '@/parts/no-project';
import { RunList } from './run-list';

type Props = Readonly<{ searchParams: Promise<SearchParams> }>;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('runs') };
}

const LIMIT = 100;

export default async function RunsPage({ searchParams }: Props) {
  const params = await searchParams;
  const { filters, ignored } = readRunFilters(params);
  const projects = await readProjects(typeof params.project === 'string' ? params.project : undefined);
  const now = Date.now();
  const from = resolveInstant(filters.from, now, projects.zone);
  const to = resolveInstant(filters.to, now, projects.zone);
  const path = api.runs({ project: projects.current, ...filters, from, to, limit: LIMIT });
  const answer = await readApiSignedIn<Page<RunSummary>>(path, address('/runs', params));
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  if (projects.current === null) return <NoProject />;
  return <RunList path={path} first={answer.value} filters={filters} ignored={ignored} zone={projects.zone} />;
}
