import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { Deployment, Page, Source } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';
import { NoProject } from '@/parts/no-project';
import { BranchNote } from './branch-note';
import { DeploymentList } from './deployment-list';

type Props = Readonly<{ searchParams: Promise<SearchParams> }>;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('deployments') };
}

export default async function DeploymentsPage({ searchParams }: Props) {
  const params = await searchParams;
  const projects = await readProjects(typeof params.project === 'string' ? params.project : undefined);
  const path = api.deployments({ project: projects.current, limit: 50 });
  const answer = await readApiSignedIn<Page<Deployment>>(path, address('/deployments', params));
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  if (projects.current === null) return <NoProject />;
  const sources = await readApi<readonly Source[]>(api.sources);
  const source = sources.ok ? sources.value.find(({ project }) => project === projects.current) : undefined;
  return (
    <>
      <DeploymentList path={path} first={answer.value} zone={projects.zone} />
      <BranchNote source={source} />
    </>
  );
}
