'use client';

import clsx from 'clsx';
import { PanelLeft } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { keepChoice, SIDE_COOKIE } from './choices';
import { Mark } from './mark';
import { isHere, PLACES } from './places';

/** The places at the left: 220 px with words, 48 px with icons; on a phone they stand at the bottom instead. */
export function SideBar({ narrow }: Readonly<{ narrow: boolean }>) {
  const t = useTranslations('nav');
  const [folded, setFolded] = useState(narrow);
  const fold = () => {
    setFolded(!folded);
    keepChoice(SIDE_COOKIE, folded ? 'wide' : 'narrow');
  };
  return (
    <nav
      aria-label={t('places')}
      className={clsx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-line border-r bg-panel md:flex',
        folded ? 'w-12' : 'w-12 lg:w-[220px]',
      )}
    >
      <Link href="/jobs" className="flex h-12 items-center gap-2.5 px-3 font-semibold text-lg" aria-label={t('home')}>
        <Mark />
        <span className={clsx(folded ? 'hidden' : 'max-lg:hidden')}>Hera</span>
      </Link>
      <ul className="flex flex-1 flex-col gap-0.5 px-2 pt-1">
        {PLACES.map((place) => (
          <li key={place.name}>
            <Place place={place} folded={folded} />
          </li>
        ))}
      </ul>
      <button
        type="button"
        onClick={fold}
        aria-label={folded ? t('unfold') : t('fold')}
        title={folded ? t('unfold') : t('fold')}
        className="m-2 hidden h-8 items-center gap-2.5 rounded-control px-2 text-muted hover:bg-bg hover:text-text lg:flex"
      >
        <PanelLeft size={16} aria-hidden />
        {!folded && <span>{t('fold')}</span>}
      </button>
    </nav>
  );
}

function Place({ place, folded }: Readonly<{ place: (typeof PLACES)[number]; folded: boolean }>) {
  const t = useTranslations('nav');
  const here = isHere(place.href, usePathname());
  return (
    <Link
      href={place.href}
      aria-current={here ? 'page' : undefined}
      title={t(place.name)}
      className={clsx(
        'flex h-8 items-center gap-2.5 rounded-control px-2',
        here
          ? 'bg-bg font-medium text-text shadow-[inset_0_0_0_1px_var(--border)]'
          : 'text-muted hover:bg-bg hover:text-text',
      )}
    >
      <place.icon size={16} aria-hidden className={clsx('shrink-0', here && 'text-accent')} />
      <span className={clsx(folded ? 'sr-only' : 'max-lg:sr-only')}>{t(place.name)}</span>
    </Link>
  );
}

/** The same places at the bottom of a phone's screen. */
export function BottomBar() {
  const t = useTranslations('nav');
  const path = usePathname();
  return (
    <nav
      aria-label={t('places')}
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-6 border-line border-t bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {PLACES.map((place) => {
        const here = isHere(place.href, path);
        return (
          <Link
            key={place.name}
            href={place.href}
            aria-current={here ? 'page' : undefined}
            className={clsx(
              'flex h-14 flex-col items-center justify-center gap-0.5 text-sm',
              here ? 'text-text' : 'text-muted',
            )}
          >
            <place.icon size={18} aria-hidden className={clsx(here && 'text-accent')} />
            {t(place.name)}
          </Link>
        );
      })}
    </nav>
  );
}
