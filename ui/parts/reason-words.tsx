'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { page } from '@/data/paths';
import type { Reason } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { shownWord } from '@/look/state';
import { Ago, Instant } from './instant';
import { TextLink } from './surface';

type ReasonWordsProps = Readonly<{
  reason: Reason;
  jobZone: string;
  /** Without links: inside a row that is one already. */
  plain?: boolean;
}>;

/** Why a run does not run, in the reader's language, with links to what it waits for. */
export function ReasonWords({ reason, jobZone, plain = false }: ReasonWordsProps) {
  const t = useTranslations('reason');
  const word = useTranslations('state');
  const link = (href: string | null) => (chunks: ReactNode) =>
    plain || href === null ? (
      <span className="text-text">{chunks}</span>
    ) : (
      <TextLink href={href} className="underline">
        {chunks}
      </TextLink>
    );
  const at = (instant: string) => () => <Instant at={instant} jobZone={jobZone} short />;
  switch (reason.kind) {
    case 'need':
      return t.rich(needKey(reason), {
        job: reason.job,
        state: word(shownWord(reason.state)),
        link: link(reason.run === null ? page.job(reason.job) : page.run(reason.run)),
        at: at(reason.period),
        first: at(reason.firstDeployed ?? reason.period),
        until: at(reason.until ?? reason.period),
      });
    case 'no-run':
      return t.rich('no-run', { job: reason.job, link: link(page.job(reason.job)) });
    case 'no-period':
      return t.rich('no-period', { job: reason.job, link: link(page.job(reason.job)) });
    case 'overlap':
      return t.rich('overlap', { link: link(page.run(reason.run)), at: at(reason.period) });
    case 'parallel':
      return t.rich('parallel', {
        operation: reason.operation,
        link: link(page.runs({ operation: reason.operation })),
      });
    case 'manual-turn':
      return t('manual-turn', { turn: reason.turn });
    case 'pool':
      return t('pool', { pool: reason.pool, slots: reason.slots, size: reason.size });
    case 'freeze':
      return <FreezeWords reason={reason} jobZone={jobZone} />;
    case 'marked':
      return t('marked', { by: reason.by, why: reason.reason });
    case 'retry':
      return t.rich('retry', {
        after: word(shownWord(reason.after)),
        at: at(reason.at),
        ago: () => <Ago at={reason.at} />,
      });
    case 're-evaluation':
      return t('re-evaluation', { deployment: reason.deployment });
    case 'upstream-skipped':
      return t.rich('upstream-skipped', { job: reason.job, link: link(page.job(reason.job)), at: at(reason.period) });
    case 'overlap-skip':
      return t.rich('overlap-skip', { link: link(page.run(reason.run)), at: at(reason.period) });
    case 'region':
      return t('region', { regions: reason.regions.join(', '), here: reason.here ?? '–' });
    case 'catch-up':
      return t('catch-up', { policy: reason.policy });
    case 'closed':
      return t('closed');
    case 'removed':
      return t('removed', { commit: shortCommit(reason.commit) });
    case 'no-longer-scheduled':
      return t('no-longer-scheduled', { commit: shortCommit(reason.commit) });
    case 'jitter':
      return t.rich('jitter', { at: at(reason.until) });
    case 'no-worker':
      return t.rich('no-worker', { group: reason.machineGroup, link: link('/machines') });
    case 'ending':
      return <EndingWords reason={reason} />;
    case 'terminated':
      return t('terminated');
    default:
      // A newer server may know a reason that these pages do not: its name is better than nothing.
      return (reason as Readonly<{ kind: string }>).kind;
  }
}

/** Which sentence tells of an awaited period: what its run is, or why none has come. */
function needKey({
  state,
  firstDeployed,
  until,
}: Extract<Reason, { kind: 'need' }>): 'need' | 'needState' | 'needLate' | 'needUntil' {
  if (until !== undefined) return 'needUntil';
  if (firstDeployed !== undefined) return 'needLate';
  return state === 'none' ? 'need' : 'needState';
}

/** Who holds it back, why, and until when. */
function FreezeWords({ reason, jobZone }: Readonly<{ reason: Extract<Reason, { kind: 'freeze' }>; jobZone: string }>) {
  const t = useTranslations('reason');
  const { scope, subject, reason: why, by, until } = reason;
  return t.rich(until === null ? 'freeze' : 'freezeUntil', {
    scope,
    subject,
    why,
    by,
    at: () => (until === null ? null : <Instant at={until} jobZone={jobZone} short />),
  });
}

/** How a process ended; what was refused before any process began is told in the words of the refusal. */
function EndingWords({ reason }: Readonly<{ reason: Extract<Reason, { kind: 'ending' }> }>) {
  const t = useTranslations('reason');
  const { text, code, signal, by } = reason;
  if (code !== undefined) return t('exited', { code });
  if (signal !== undefined) return t('killed', { signal, by: by ?? 'other' });
  return text === '' ? t('ending') : text;
}
