import { useTranslations } from 'next-intl';
import { Empty } from '@/parts/empty';
import { TextLink } from '@/parts/surface';

/** An address that names no page: where one can go instead. */
export default function NotFound() {
  const t = useTranslations('missing');
  const nav = useTranslations('nav');
  return (
    <main className="flex min-h-dvh items-center">
      <Empty title={t('page')} why={t('pageWhy')}>
        <nav aria-label={nav('places')} className="flex flex-wrap justify-center gap-4">
          <TextLink href="/jobs">{nav('jobs')}</TextLink>
          <TextLink href="/runs">{nav('runs')}</TextLink>
          <TextLink href="/deployments">{nav('deployments')}</TextLink>
          <TextLink href="/machines">{nav('machines')}</TextLink>
        </nav>
      </Empty>
    </main>
  );
}
