import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { AuditLine, Page } from '@/data/shapes';
import { ProblemNote } from '@/parts/empty';
import { AuditList } from './audit-list';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('audit'))('title') };
}

export default async function AuditPage({ searchParams }: Readonly<{ searchParams: Promise<SearchParams> }>) {
  const params = await searchParams;
  const text = (name: string): string => (typeof params[name] === 'string' ? params[name] : '');
  const filters = {
    who: text('who'),
    what: text('what'),
    subject: text('subject'),
    from: text('from'),
    to: text('to'),
  };
  const path = api.audit({ ...filters, limit: 50 });
  const answer = await readApiSignedIn<Page<AuditLine>>(path, address('/audit', params));
  if (!answer.ok) return <ProblemNote problem={answer.problem} />;
  return <AuditList path={path} first={answer.value} who={filters.who} what={filters.what} />;
}
