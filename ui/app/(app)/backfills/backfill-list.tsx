'use client';

import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { Backfill, Page } from '@/data/shapes';
import { Empty } from '@/parts/empty';
import { Ago, Instant } from '@/parts/instant';
import { ListEnd, usePages } from '@/parts/pages-of';
import { ProgressBar } from '@/parts/progress-bar';
import { PageHead, TextLink } from '@/parts/surface';

type ListProps = Readonly<{ path: string; first: Page<Backfill>; zone: string }>;

/** Every backfill, newest first, how far it is and when it will have ended. */
export function BackfillList({ path, first, zone }: ListProps) {
  const t = useTranslations('backfills');
  const { items, ...end } = usePages<Backfill>(path, first);
  if (items.length === 0)
    return (
      <Empty
        title={t('none')}
        why={t('noneWhy')}
        commands={["hera backfill --job 'dw/**' --from 2026-11-01 --to 2026-11-08"]}
      />
    );
  return (
    <>
      <PageHead title={t('title')} />
      <div className="border-line border-t md:overflow-x-auto">
        <table className="rows stack">
          <thead>
            <tr>
              <th className="md:pl-6!">{t('id')}</th>
              <th>{t('progress')}</th>
              <th className="w-full">{t('jobs')}</th>
              <th>{t('periods')}</th>
              <th>{t('ends')}</th>
              <th className="md:pr-6!">{t('asked')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <BackfillRow key={one.operation} one={one} zone={zone} />
            ))}
          </tbody>
        </table>
      </div>
      <ListEnd shown={items.length} {...end} />
    </>
  );
}

function BackfillRow({ one, zone }: Readonly<{ one: Backfill; zone: string }>) {
  const t = useTranslations('backfills');
  return (
    <tr>
      <td className="numbers md:pl-6!">
        <TextLink href={page.backfill(one.operation)}>{one.operation}</TextLink>
      </td>
      <td className="max-md:flex-1 md:min-w-44">
        <span className="mb-1 flex justify-between gap-3">
          <span className="font-medium">{t(`is.${one.progress}`)}</span>
          <span className="numbers text-muted">{t('done', { done: one.done, members: one.members })}</span>
        </span>
        <ProgressBar states={one.states} members={one.members} />
      </td>
      <td className="whole wrap-anywhere font-mono text-sm">{one.jobs ?? t('allJobs')}</td>
      <td className="max-md:basis-full max-md:text-sm">
        <Instant at={one.from} jobZone={zone} short /> – <Instant at={one.to} jobZone={zone} short />
      </td>
      <td className="text-muted max-md:text-sm">
        <Ends one={one} />
      </td>
      <td className="text-muted max-md:text-sm md:pr-6!">
        {one.askedBy} · <Ago at={one.askedAt} />
      </td>
    </tr>
  );
}

/** When it ended, or when it will have, as it goes now. */
export function Ends({ one }: Readonly<{ one: Backfill }>) {
  if (one.finishedAt !== null) return <Ago at={one.finishedAt} />;
  return one.endsAt === null ? <span>–</span> : <Ago at={one.endsAt} />;
}
