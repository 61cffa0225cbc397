import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { Backfill, Page } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';
import { NoProject } from '@/parts/no-project';
import { BackfillList } from './backfill-list';

type Props = Readonly<{ searchParams: Promise<SearchParams> }>;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('backfills') };
}

export default async function BackfillsPage({ searchParams }: Props) {
  const params = await searchParams;
  const projects = await readProjects(typeof params.project === 'string' ? params.project : undefined);
  if (projects.current === null) return <NoProject />;
  const path = api.backfills({ project: projects.current, limit: 50 });
  const answer = await readApiSignedIn<Page<Backfill>>(path, address('/backfills', params));
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  return <BackfillList path={path} first={answer.value} zone={projects.zone} />;
}
