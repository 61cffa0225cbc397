import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api, page } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { Backfill } from '@/data/shapes';
import { readMe } from '@/data/visitor';
import { ProblemNote } from '@/parts/empty';
import { BackfillView } from './backfill-view';

type Props = Readonly<{ params: Promise<Readonly<{ id: string }>>; searchParams: Promise<SearchParams> }>;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await getTranslations('backfills'))('one', { id: (await params).id }) };
}

export default async function BackfillPage({ params, searchParams }: Props) {
  const { id } = await params;
  const search = await searchParams;
  const [answer, me] = await Promise.all([
    readApiSignedIn<Backfill>(api.backfill(id), address(page.backfill(id), search)),
    readMe(),
  ]);
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  const asked = search.do === 'retry' || search.do === 'cancel' ? search.do : null;
  return <BackfillView key={id} first={answer.value} mayAct={me.ok && me.value.role !== 'viewer'} asked={asked} />;
}
