'use client';

import { useParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { Empty } from '@/parts/empty';
import { TextLink } from '@/parts/surface';

/** The address names no job, by no number, id or former id. */
export function NoSuchName() {
  const t = useTranslations('missing');
  const { name } = useParams<{ name?: string[] }>();
  return (
    <Empty title={t('name', { name: (name ?? []).map(decodeURIComponent).join('/') })} why={t('nameWhy')}>
      <TextLink href="/jobs">{t('toJobs')}</TextLink>
    </Empty>
  );
}
