import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { SearchParams } from '@/data/filters';
import { address, api, page } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { JobDetail, Page, RunSummary } from '@/data/shapes';
import { readMe, readProjects } from '@/data/visitor';
import { shownState, tabMark } from '@/look/state';
import { ProblemNote } from '@/parts/empty';
import { JobView } from './job-view';

type Props = Readonly<{ params: Promise<Readonly<{ id: readonly string[] }>>; searchParams: Promise<SearchParams> }>;

const RUNS = 20;

async function readTarget({ params, searchParams }: Props): Promise<Readonly<{ job: string; project: string }>> {
  const job = (await params).id.map(decodeURIComponent).join('/');
  const asked = (await searchParams).project;
  const projects = await readProjects(typeof asked === 'string' ? asked : undefined);
  return { job, project: projects.current ?? '' };
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const { job, project } = await readTarget(props);
  const answer = await readApi<JobDetail>(api.job(project, job));
  const newest = answer.ok ? answer.value.last.at(-1) : undefined;
  return { title: `${newest ? tabMark(shownState(newest)) : ''}${job}` };
}

export default async function JobPage(props: Props) {
  const { job, project } = await readTarget(props);
  const here = address(page.job(job), await props.searchParams);
  const [answer, runs, me] = await Promise.all([
    readApiSignedIn<JobDetail>(api.job(project, job), here),
    readApi<Page<RunSummary>>(api.runs({ project, job, limit: RUNS })),
    readMe(),
  ]);
  if (answer.ok) {
    return (
      <JobView
        first={answer.value}
        runs={runs.ok ? runs.value : { items: [], next: null }}
        mayRun={me.ok && me.value.role !== 'viewer'}
      />
    );
  }
  if (answer.status === 404) notFound();
  return <ProblemNote problem={answer.problem} />;
}
