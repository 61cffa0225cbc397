'use client';

import { Dialog } from '@base-ui/react/dialog';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Overlay } from '../overlay';
import { PLACES } from './places';

const CHORD_MS = 1200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The keys of every page: `/`, `g x`, `?`; silent while a field has the focus or a modifier is held. */
export function Keyboard() {
  const router = useRouter();
  const [shown, setShown] = useState(false);
  // As the browser stamped the keys: a page that is busy hears of them late, and not in their pace.
  const chordAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target)) {
        if (event.key === 'Escape') (event.target as HTMLElement).blur();
        return;
      }
      const inChord = event.timeStamp - chordAt.current < CHORD_MS;
      const place = inChord ? PLACES.find((each) => each.key === event.key) : undefined;
      chordAt.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (place) router.push(place.href);
      else if (event.key === '?') setShown(true);
      else if (event.key === '/') focusSearch(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [router]);
  return <KeysOverlay shown={shown} onShown={setShown} />;
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('#search');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function KeysOverlay({ shown, onShown }: Readonly<{ shown: boolean; onShown: (shown: boolean) => void }>) {
  const t = useTranslations('keys');
  const nav = useTranslations('nav');
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['/'], t('search')],
    ...PLACES.map((place) => [['g', place.key], nav(place.name)] as const),
    [['f'], t('follow')],
    [['w'], t('wrap')],
    [['?'], t('help')],
    [['Esc'], t('close')],
  ];
  return (
    <Dialog.Root open={shown} onOpenChange={onShown}>
      <Overlay title={t('title')}>
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
          {rows.map(([keys, text]) => (
            <div key={text} className="col-span-2 grid grid-cols-subgrid">
              <dt className="flex gap-1">
                {keys.map((key) => (
                  <kbd
                    key={key}
                    className="min-w-6 rounded border border-line bg-panel px-1.5 text-center font-mono text-sm leading-6"
                  >
                    {key}
                  </kbd>
                ))}
              </dt>
              <dd className="self-center">{text}</dd>
            </div>
          ))}
        </dl>
      </Overlay>
    </Dialog.Root>
  );
}
