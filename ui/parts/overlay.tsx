'use client';

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';

/** The body of a dialog: dims the page, keeps the focus, closes by Esc; at the bottom edge of a phone. */
export function Overlay({ title, children, foot }: Readonly<{ title: string; children: ReactNode; foot?: ReactNode }>) {
  const t = useTranslations('part');
  return (
    <Dialog.Portal>
      <Dialog.Backdrop className="fixed inset-0 z-40 bg-(--overlay) transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
      <Dialog.Popup className="fixed inset-x-0 bottom-0 z-50 flex max-h-[85dvh] flex-col rounded-t-xl border border-line bg-bg shadow-overlay md:inset-auto md:top-[12vh] md:left-1/2 md:w-[520px] md:-translate-x-1/2 md:rounded-xl">
        <header className="flex items-center justify-between border-line border-b py-2 pr-2 pl-4">
          <Dialog.Title className="text-lg">{title}</Dialog.Title>
          <Dialog.Close
            aria-label={t('close')}
            className="inline-flex size-8 items-center justify-center rounded-control text-muted hover:bg-panel hover:text-text"
          >
            <X size={16} aria-hidden />
          </Dialog.Close>
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">{children}</div>
        {foot && <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-4 py-3">{foot}</footer>}
      </Dialog.Popup>
    </Dialog.Portal>
  );
}
