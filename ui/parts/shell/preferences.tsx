'use client';

import clsx from 'clsx';
import { Languages, Moon, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { useTheme } from 'next-themes';
import { useSyncExternalStore } from 'react';
import { LOCALE_COOKIE } from '@/i18n/locale';
import type { ZoneChoice } from '@/look/time';
import { keepChoice } from './choices';
import { useZone } from './zone';

const iconButton =
  'inline-flex h-8 min-w-8 items-center justify-center gap-1.5 rounded-control px-1.5 text-muted hover:bg-panel hover:text-text';

/** In which zone times are read. */
export function ZoneSelect({ wide = false }: Readonly<{ wide?: boolean }>) {
  const t = useTranslations('zone');
  const { choice, choose } = useZone();
  const choiceOf = (kind: string): ZoneChoice =>
    kind === 'local'
      ? { kind, zone: Intl.DateTimeFormat().resolvedOptions().timeZone }
      : kind === 'utc'
        ? { kind }
        : { kind: 'job' };
  return (
    <select
      aria-label={t('label')}
      className={clsx('control', wide && 'w-full')}
      value={choice.kind}
      onChange={(event) => choose(choiceOf(event.target.value))}
    >
      <option value="job">{t('job')}</option>
      <option value="utc">{t('utc')}</option>
      <option value="local">{t('local')}</option>
    </select>
  );
}

/** The other language, by its own name. */
export function LanguageChoice() {
  const t = useTranslations('bar');
  const router = useRouter();
  const other = useLocale() === 'zh-CN' ? 'en' : 'zh-CN';
  const change = () => {
    keepChoice(LOCALE_COOKIE, other);
    router.refresh();
  };
  return (
    <button type="button" onClick={change} lang={other} className={iconButton}>
      <Languages size={16} aria-hidden />
      {t('otherLanguage')}
    </button>
  );
}

const never = () => () => {};

/** Light or dark; until something is chosen it is the system's. */
export function ThemeChoice() {
  const t = useTranslations('bar');
  const { resolvedTheme, setTheme } = useTheme();
  const mounted = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const dark = mounted && resolvedTheme === 'dark';
  const label = dark ? t('light') : t('dark');
  return (
    <button
      type="button"
      onClick={() => setTheme(dark ? 'light' : 'dark')}
      aria-label={label}
      title={label}
      className={iconButton}
    >
      {dark ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
    </button>
  );
}
