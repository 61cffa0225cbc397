'use client';

import { useParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { Empty } from '@/parts/empty';
import { TextLink } from '@/parts/surface';

/** The address names a run that is not there. */
export function NoSuchRun() {
  const t = useTranslations('missing');
  const { run } = useParams<{ run?: string }>();
  return (
    <Empty title={t('run', { run: decodeURIComponent(run ?? '') })} why={t('runWhy')} commands={['hera runs']}>
      <TextLink href="/runs">{t('toRuns')}</TextLink>
    </Empty>
  );
}
