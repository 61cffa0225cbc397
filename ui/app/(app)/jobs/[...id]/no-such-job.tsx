import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import { Empty } from '@/parts/empty';
import { TextLink } from '@/parts/surface';

/** The address names a job that is not deployed: the nearest ones, and the way back. */
export function NoSuchJob({ job, near }: Readonly<{ job: string; near: readonly string[] }>) {
  const t = useTranslations('missing');
  return (
    <Empty title={t('job', { job })} why={near.length > 0 ? t('near') : t('jobWhy')}>
      <ul className="flex flex-col gap-1">
        {near.map((each) => (
          <li key={each}>
            <TextLink href={page.job(each)}>{each}</TextLink>
          </li>
        ))}
      </ul>
      <TextLink href="/jobs">{t('toJobs')}</TextLink>
    </Empty>
  );
}
