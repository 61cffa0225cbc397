'use client';

import { ChevronDown, ChevronUp, Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useDeferredValue, useMemo, useState } from 'react';
import { type HeldLog, linesWith, shownLines } from './lines';

/** The lines that are held, which of them contain what is looked for, and at which of those one is. */
export type Found = Readonly<{ lines: readonly string[]; places: ReadonlySet<number>; current: number | undefined }>;

export type LogSearch = Found &
  Readonly<{ text: string; count: number; at: number; ask(text: string): void; go(by: number): void }>;

const NO_LINES: readonly string[] = [];

/** Looks for a text in what of a log is held; the first place is the last one above the end, where one looks. */
export function useLogSearch(log: HeldLog | undefined): LogSearch {
  const [text, setText] = useState('');
  const [back, setBack] = useState(0);
  const lines = useMemo(() => (log ? shownLines(log) : NO_LINES), [log]);
  // A log that grows fast is searched when there is time.
  const [heldLines, wanted] = [useDeferredValue(lines), useDeferredValue(text)];
  const found = useMemo(() => linesWith(heldLines, wanted), [heldLines, wanted]);
  const places = useMemo(() => new Set(found), [found]);
  const at = Math.max(0, found.length - 1 - back);
  return {
    ...{ lines, places, text, at, count: found.length },
    current: text === '' ? undefined : found[at],
    ask: (next) => {
      setText(next);
      setBack(0);
    },
    go: (by) => setBack((was) => (found.length === 0 ? 0 : (was - by + found.length) % found.length)),
  };
}

/** The field: Enter goes to the place before, with Shift to the next, Escape leaves. */
export function LogSearchField({ search, onSearch }: Readonly<{ search: LogSearch; onSearch: () => void }>) {
  const t = useTranslations('log');
  const go = (by: number): void => {
    onSearch();
    search.go(by);
  };
  return (
    <search className="flex items-center gap-1 text-muted">
      <Search size={14} aria-hidden />
      <input
        type="search"
        className="control w-40"
        aria-label={t('search')}
        placeholder={t('search')}
        value={search.text}
        onChange={(event) => {
          onSearch();
          search.ask(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? 1 : -1);
          if (event.key === 'Escape') search.ask('');
        }}
      />
      {search.text !== '' && (
        <>
          <span role="status" className="numbers">
            {search.count === 0 ? t('notFound') : t('found', { at: search.at + 1, count: search.count })}
          </span>
          <button type="button" aria-label={t('previous')} className="p-1 hover:text-text" onClick={() => go(-1)}>
            <ChevronUp size={14} aria-hidden />
          </button>
          <button type="button" aria-label={t('next')} className="p-1 hover:text-text" onClick={() => go(1)}>
            <ChevronDown size={14} aria-hidden />
          </button>
        </>
      )}
    </search>
  );
}
