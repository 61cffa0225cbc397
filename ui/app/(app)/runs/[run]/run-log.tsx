'use client';

import { ArrowDownToLine, Download, WrapText } from 'lucide-react';
import { usePathname, useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, page } from '@/data/paths';
import type { Attempt, RunDetail } from '@/data/shapes';
import { type HeldLog, parseLineLink, shownLines } from '@/log/lines';
import { LogView } from '@/log/log-view';
import { type LogReader, type LogSeen, openLogReader } from '@/log/reader';
import { LogSearchField, useLogSearch } from '@/log/search';
import { printBytes } from '@/look/print';
import { Panel } from '@/parts/surface';

/** The output of an attempt: the newest, or the one the address names. */
export function RunLog({ run, asked }: Readonly<{ run: RunDetail; asked: number | null }>) {
  const t = useTranslations('log');
  const newest = Math.max(0, ...run.attempts.map((each) => each.n));
  const attempt = run.attempts.find((each) => each.n === (asked ?? newest));
  if (!attempt) {
    return (
      <Panel title={t('title')}>
        <p className="text-muted">{asked === null ? t('noAttempt') : t('noSuchAttempt', { n: asked })}</p>
      </Panel>
    );
  }
  if (attempt.logExpired) {
    return (
      <Panel title={t('titleOf', { n: attempt.n })} aside={<AttemptChoice run={run} attempt={attempt} />}>
        <p className="text-muted">{t('expired')}</p>
      </Panel>
    );
  }
  return <AttemptLog key={attempt.n} run={run} attempt={attempt} />;
}

type LogPanel = Readonly<{
  seen: LogSeen | undefined;
  reader: { readonly current: LogReader | undefined };
}>;

/** Reads the log of an attempt for as long as it is shown; what is asked of it at the start is decided once. */
function useAttemptLog(run: string, attempt: Attempt): LogPanel {
  const [seen, setSeen] = useState<LogSeen>();
  const reader = useRef<LogReader>(undefined);
  const opening = useRef({ size: attempt.logBytes, live: attempt.state === 'live' });
  useEffect(() => {
    const opened = openLogReader(run, attempt.n, setSeen);
    reader.current = opened;
    opened.start({ ...opening.current, fromStart: parseLineLink(location.hash) !== undefined });
    return opened.stop;
  }, [run, attempt.n]);
  useEffect(() => {
    if (attempt.state !== 'live') reader.current?.settle();
  }, [attempt.state]);
  return { seen, reader };
}

function AttemptLog({ run, attempt }: Readonly<{ run: RunDetail; attempt: Attempt }>) {
  const t = useTranslations('log');
  const { seen, reader } = useAttemptLog(run.run, attempt);
  const log = seen?.log;
  const [wrap, setWrap] = useState(true);
  const [followed, setFollowed] = useState(
    () => typeof location === 'undefined' || parseLineLink(location.hash) === undefined,
  );
  const search = useLogSearch(log);
  const pauseFollowing = useCallback(() => setFollowed(false), []);
  useEffect(() => reader.current?.follow(followed), [reader, followed]);
  const toggleWrap = useCallback(() => setWrap((was) => !was), []);
  const toggleFollow = useCallback(() => setFollowed((was) => !was), []);
  useKey('w', toggleWrap);
  useKey('f', toggleFollow);
  const live = attempt.state === 'live';
  const nothing = log !== undefined && log.to === 0 && log.lines.length === 0;
  return (
    <div id="log" className="scroll-mt-14">
      <Panel
        title={t('titleOf', { n: attempt.n })}
        flush
        aside={
          <div className="flex flex-wrap items-center gap-1">
            <span className="numbers mr-2 text-muted">{printBytes(Math.max(attempt.logBytes, log?.to ?? 0))}</span>
            <AttemptChoice run={run} attempt={attempt} />
            <LogSearchField search={search} onSearch={pauseFollowing} />
            <Toggle
              on={followed}
              onClick={toggleFollow}
              label={live ? t('follow') : t('toEnd')}
              icon={<ArrowDownToLine size={14} aria-hidden />}
            />
            <Toggle on={wrap} onClick={toggleWrap} label={t('wrap')} icon={<WrapText size={14} aria-hidden />} />
            <a
              href={api.log(run.run, attempt.n, { download: 1 })}
              download={`${run.job.replaceAll('/', '.')}-${run.run}-${attempt.n}.log`}
              className={toolClass(false)}
            >
              <Download size={14} aria-hidden />
              {t('download')}
            </a>
          </div>
        }
      >
        {seen && seen.problem !== null && (
          <p role="alert" className="border-line border-b px-4 py-2">
            {t('problem', { message: seen.problem })}
          </p>
        )}
        {nothing && <p className="px-4 py-6 text-muted">{live ? t('nothingYet') : t('nothing')}</p>}
        {log === undefined && <div className="h-28" aria-busy="true" />}
        {log !== undefined && !nothing && (
          <LogView
            log={log}
            wrap={wrap}
            followed={followed}
            onFollowed={setFollowed}
            found={search}
            label={t('output')}
            onEarlier={() => reader.current?.earlier() ?? Promise.resolve()}
          />
        )}
        {seen?.shown && <Beyond shown={seen.shown} wrap={wrap} />}
      </Panel>
    </div>
  );
}

/** The head of the log is full and the job goes on: its newest lines, which are stored, or left out, when it has ended. */
function Beyond({ shown, wrap }: Readonly<{ shown: HeldLog; wrap: boolean }>) {
  const t = useTranslations('log');
  const [followed, setFollowed] = useState(true);
  const found = useMemo(() => ({ lines: shownLines(shown), places: NO_PLACES, current: undefined }), [shown]);
  return (
    <div className="border-line border-t">
      <p className="px-4 py-2 text-muted">{t('beyond')}</p>
      <LogView log={shown} wrap={wrap} followed={followed} onFollowed={setFollowed} found={found} label={t('newest')} />
    </div>
  );
}

const NO_PLACES: ReadonlySet<number> = new Set();

const toolClass = (on: boolean): string =>
  `inline-flex h-7 items-center gap-1.5 rounded-control px-2 hover:bg-panel hover:text-text ${on ? 'bg-wash text-text' : 'text-muted'}`;

function Toggle({
  on,
  onClick,
  label,
  icon,
}: Readonly<{ on: boolean; onClick: () => void; label: string; icon: ReactNode }>) {
  return (
    <button type="button" aria-pressed={on} onClick={onClick} className={toolClass(on)}>
      {icon}
      {label}
    </button>
  );
}

function AttemptChoice({ run, attempt }: Readonly<{ run: RunDetail; attempt: Attempt }>) {
  const t = useTranslations('log');
  const router = useRouter();
  const path = usePathname();
  if (run.attempts.length < 2 || !path) return null;
  return (
    <select
      aria-label={t('attempt')}
      className="control"
      value={attempt.n}
      onChange={(event) => router.replace(page.run(run.run, Number(event.target.value)), { scroll: false })}
    >
      {run.attempts.map((each) => (
        <option key={each.n} value={each.n}>
          {t('attemptNumber', { n: each.n })}
        </option>
      ))}
    </select>
  );
}

/** A single key, while no field has the focus and no modifier is held. */
function useKey(key: string, act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === key && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [key, act]);
}
