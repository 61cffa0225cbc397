'use client';

import clsx from 'clsx';
import { useTranslations } from 'next-intl';
import {
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { printBytes } from '@/look/print';
import { type Piece, piecesOf, slicePieces } from './ansi';
import { type HeldLog, parseLineLink, printLineLink, type Row, rowsOf } from './lines';
import type { Found } from './search';

const ROW_PX = 18;
const OVERSCAN = 12;
const GUTTER_CH = 8;
const NEAR_END_PX = 24;
/** The box's padding, and a scroll bar below a line that is not wrapped. */
const BOX_EDGES_PX = 24;

type LogViewProps = Readonly<{
  log: HeldLog;
  wrap: boolean;
  followed: boolean;
  onFollowed: (followed: boolean) => void;
  /** Absent: what is before cannot be shown. */
  onEarlier?: () => Promise<void>;
  /** What the box is called. */
  label: string;
  /** The line to go to, and those that are marked with it. */
  found: Found;
}>;

/** The lines in a box of its own: rows of fixed height, only those in sight in the page, real text, colours by escape codes. */
export function LogView({ log, wrap, followed, onFollowed, onEarlier, label, found }: LogViewProps) {
  const t = useTranslations('log');
  const box = useRef<HTMLElement>(null);
  const columns = useColumns(box);
  const lines = found.lines;
  const rows = useMemo(() => rowsOf(lines, wrap ? columns : 0), [lines, wrap, columns]);
  const sight = useSight(box, rows.length);
  const link = useLineLink();
  useKeepPlace(box, log, rows.length, followed);
  useGoToLine(box, rows, log.from === 0 ? link?.first : undefined);
  useGoToPlace(box, rows, found.current);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    onFollowed(scrollHeight - scrollTop - clientHeight < NEAR_END_PX);
  };
  const earlier = log.from > 0;
  return (
    <>
      {earlier && (
        <div className="flex flex-wrap items-center gap-3 border-line border-b px-4 py-1.5 text-muted">
          {t('notLoaded', { size: printBytes(log.from) })}
          {onEarlier && (
            <button
              type="button"
              className="text-accent underline-offset-2 hover:underline"
              onClick={() => void onEarlier()}
            >
              {t('earlier')}
            </button>
          )}
        </div>
      )}
      <section
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus
        tabIndex={0}
        aria-label={label}
        onScroll={onScroll}
        className="relative overflow-auto py-1 font-mono text-sm"
        style={{ height: `clamp(112px, ${rows.length * ROW_PX + BOX_EDGES_PX}px, 60vh)` }}
      >
        <div style={{ height: rows.length * ROW_PX, minWidth: wrap ? undefined : 'max-content' }}>
          <div style={{ transform: `translateY(${sight.first * ROW_PX}px)` }}>
            {rows.slice(sight.first, sight.last).map((row) => (
              <LogRow
                key={`${row.line} ${row.start}`}
                row={row}
                text={lines[row.line]!}
                numbered={!earlier}
                link={link}
                wrap={wrap}
                place={row.line === found.current ? 'current' : found.places.has(row.line) ? 'other' : undefined}
              />
            ))}
          </div>
        </div>
      </section>
    </>
  );
}

type LogRowProps = Readonly<{
  row: Row;
  text: string;
  numbered: boolean;
  wrap: boolean;
  link: ReturnType<typeof parseLineLink>;
  place: 'current' | 'other' | undefined;
}>;

function LogRow({ row, text, numbered, link, wrap, place }: LogRowProps) {
  const number = row.line + 1;
  const marked = numbered && link !== undefined && number >= link.first && number <= link.last;
  const pieces = slicePieces(piecesOf(text), row.start, row.end);
  return (
    <div
      className={clsx(
        'flex pr-4 hover:bg-panel',
        (marked || place) && 'bg-wash',
        place === 'current' && 'outline outline-1 outline-accent -outline-offset-1',
      )}
      style={{ height: ROW_PX, lineHeight: `${ROW_PX}px` }}
    >
      <span className="shrink-0 select-none pr-3 text-right" style={{ width: `${GUTTER_CH}ch` }}>
        {numbered && row.start === 0 && <LineNumber number={number} link={link} />}
      </span>
      <span className={clsx('whitespace-pre', wrap && 'min-w-0')}>
        {pieces.map((piece, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line have no other name than their place
          <span key={i} className={classOf(piece)}>
            {piece.text}
          </span>
        ))}
      </span>
    </div>
  );
}

const classOf = (piece: Piece): string | undefined =>
  clsx(
    piece.colour,
    piece.back && `${piece.back}-back`,
    piece.bold && 'font-semibold',
    piece.dim && 'text-muted',
    piece.italic && 'italic',
    piece.underline && 'underline',
  ) || undefined;

function LineNumber({ number, link }: Readonly<{ number: number; link: ReturnType<typeof parseLineLink> }>) {
  const onClick = (event: MouseEvent) => {
    event.preventDefault();
    const to = event.shiftKey && link ? printLineLink(link.first, number) : printLineLink(number, number);
    history.replaceState(history.state, '', to);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  };
  return (
    <a href={`#L${number}`} onClick={onClick} className="numbers text-muted hover:text-text hover:underline">
      {number}
    </a>
  );
}

/** How many letters fit beside the line numbers, measured; again when the box changes its width. */
function useColumns(box: RefObject<HTMLElement | null>): number {
  const [columns, setColumns] = useState(120);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const probe = document.createElement('span');
      probe.textContent = '0'.repeat(100);
      probe.style.cssText = 'position:absolute;visibility:hidden;white-space:pre';
      element.append(probe);
      const letter = probe.getBoundingClientRect().width / 100;
      probe.remove();
      if (letter > 0) setColumns(Math.max(20, Math.floor((element.clientWidth - 20) / letter) - GUTTER_CH));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return columns;
}

function useSight(box: RefObject<HTMLElement | null>, count: number): Readonly<{ first: number; last: number }> {
  const [sight, setSight] = useState({ first: 0, last: 80 });
  const look = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - OVERSCAN);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / ROW_PX) + OVERSCAN;
    setSight((was) => (was.first === first && was.last === last ? was : { first, last }));
  }, [box]);
  useEffect(() => {
    const element = box.current;
    element?.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      element?.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [box, look]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows move what is in sight
  useLayoutEffect(look, [look, count]);
  return { first: Math.min(sight.first, Math.max(0, count - 1)), last: Math.min(sight.last, count) };
}

/** Follows the end, or, when earlier lines came in front, keeps what is being read where it is. */
function useKeepPlace(box: RefObject<HTMLElement | null>, log: HeldLog, count: number, followed: boolean): void {
  const before = useRef({ from: log.from, count });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (log.from < before.current.from) element.scrollTop += (count - before.current.count) * ROW_PX;
    else if (followed) element.scrollTop = element.scrollHeight;
    before.current = { from: log.from, count };
  }, [box, log, count, followed]);
}

/** Goes to the found line when another one is found. */
function useGoToPlace(box: RefObject<HTMLElement | null>, rows: readonly Row[], line: number | undefined): void {
  const newest = useRef(rows);
  newest.current = rows;
  useEffect(() => {
    const element = box.current;
    const at = line === undefined ? -1 : newest.current.findIndex((row) => row.line === line);
    if (element && at >= 0) element.scrollTop = at * ROW_PX - element.clientHeight / 3;
  }, [box, line]);
}

const listenHash = (listener: () => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

function useLineLink(): ReturnType<typeof parseLineLink> {
  const hash = useSyncExternalStore(
    listenHash,
    () => location.hash,
    () => '',
  );
  return useMemo(() => parseLineLink(hash), [hash]);
}

/** Goes to the line of the address once, as soon as it is there. */
function useGoToLine(box: RefObject<HTMLElement | null>, rows: readonly Row[], wanted: number | undefined): void {
  const gone = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (wanted === undefined || gone.current === wanted) return;
    const at = rows.findIndex((row) => row.line === wanted - 1);
    if (at < 0 || !box.current) return;
    gone.current = wanted;
    const { scrollTop, clientHeight } = box.current;
    const top = at * ROW_PX;
    if (top < scrollTop || top > scrollTop + clientHeight - ROW_PX) box.current.scrollTop = top - clientHeight / 3;
    box.current.scrollIntoView({ block: 'nearest' });
  }, [box, rows, wanted]);
}
