import { notFound, redirect } from 'next/navigation';
import type { SearchParams } from '@/data/filters';
import { address, api, page } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { JobDetail } from '@/data/shapes';
import { readProjects } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';

type Props = Readonly<{ params: Promise<Readonly<{ name: readonly string[] }>>; searchParams: Promise<SearchParams> }>;

/**
 * `/go/42`: to the page of the job that has this number of the old scheduler, or this id, or had it once. Links in wikis and chats outlive renames
 * by it. Where no project is named, the one that is looked at comes first, then any other that has the job.
 */
export default async function GoPage({ params, searchParams }: Props) {
  const name = (await params).name.map(decodeURIComponent).join('/');
  const query = await searchParams;
  const asked = typeof query.project === 'string' ? query.project : undefined;
  const projects = await readProjects(asked);
  const first = asked ?? projects.current ?? '';
  const answer = await readApiSignedIn<JobDetail>(api.job(first, name), address(`/go/${name}`, query));
  if (answer.ok) redirect(page.job(answer.value.job, asked));
  if (answer.status !== 404) return <ProblemNote problem={answer.problem} />;
  const others = asked === undefined ? projects.names.filter((one) => one !== first) : [];
  for (const project of others) {
    const found = await readApi<JobDetail>(api.job(project, name));
    if (found.ok) redirect(page.job(found.value.job, project));
  }
  notFound();
}
