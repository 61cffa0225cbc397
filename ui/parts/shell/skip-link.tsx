import { useTranslations } from 'next-intl';

/** The first stop of the keyboard: past the bars, to what the page is about. */
export function SkipLink() {
  const t = useTranslations('nav');
  return (
    <a
      href="#main"
      className="-translate-y-16 fixed top-2 left-2 z-50 rounded-control border border-control bg-bg px-3 py-1.5 focus:translate-y-0"
    >
      {t('skip')}
    </a>
  );
}
