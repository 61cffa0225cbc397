import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { SearchParams } from '@/data/filters';
import { address, api, page } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { RunDetail } from '@/data/shapes';
import { readMe } from '@/data/visitor';
import { shownState, tabMark } from '@/look/state';
import { ProblemNote } from '@/parts/empty';
import { RunView } from './run-view';

type Props = Readonly<{ params: Promise<Readonly<{ run: string }>>; searchParams: Promise<SearchParams> }>;

const idOf = async ({ params }: Props): Promise<string> => decodeURIComponent((await params).run);

export async function generateMetadata(props: Props): Promise<Metadata> {
  const id = await idOf(props);
  const answer = await readApi<RunDetail>(api.run(id));
  if (!answer.ok) return { title: id };
  return { title: `${tabMark(shownState(answer.value))}${answer.value.job}` };
}

export default async function RunPage(props: Props) {
  const id = await idOf(props);
  const search = await props.searchParams;
  const [answer, me] = await Promise.all([
    readApiSignedIn<RunDetail>(api.run(id), address(page.run(id), search)),
    readMe(),
  ]);
  if (answer.ok) {
    const asked = Number(search.attempt);
    return (
      <RunView
        key={answer.value.run}
        first={answer.value}
        mayAct={me.ok && me.value.role !== 'viewer'}
        attempt={Number.isInteger(asked) ? asked : null}
      />
    );
  }
  if (answer.status === 404) notFound();
  return <ProblemNote problem={answer.problem} />;
}
