import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { Status } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';
import { NoProject } from '@/parts/no-project';
import { StatusView } from './status-view';

type Props = Readonly<{ searchParams: Promise<SearchParams> }>;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('status') };
}

export default async function StatusPage({ searchParams }: Props) {
  const params = await searchParams;
  const projects = await readProjects(typeof params.project === 'string' ? params.project : undefined);
  if (projects.current === null) return <NoProject />;
  const path = api.status(projects.current);
  const answer = await readApiSignedIn<Status>(path, address('/status', params));
  return answer.ok ? (
    <StatusView path={path} first={answer.value} zone={projects.zone} />
  ) : (
    <ProblemNote problem={answer.problem} />
  );
}
