'use client';

import { useTranslations } from 'next-intl';
import { Empty } from '@/parts/empty';
import { Button } from '@/parts/surface';

type Props = Readonly<{ error: Error & { digest?: string }; reset: () => void }>;

/** A page failed while it was made: what is known of it, and another try. The bars around it stay. */
export default function ErrorPage({ error, reset }: Props) {
  const t = useTranslations('problem');
  return (
    <Empty title={t('page')} why={t('pageWhy')}>
      {error.digest !== undefined && (
        <p className="text-muted text-sm">
          {t('request')} <code className="font-mono">{error.digest}</code>
        </p>
      )}
      <Button onClick={reset}>{t('again')}</Button>
    </Empty>
  );
}
