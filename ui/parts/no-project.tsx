import { useTranslations } from 'next-intl';
import { Empty } from './empty';

/** Nothing was ever deployed: what to type. */
export function NoProject() {
  const t = useTranslations('noProject');
  return <Empty title={t('title')} why={t('why')} commands={['hera init my-jobs', 'cd my-jobs && hera apply']} />;
}
