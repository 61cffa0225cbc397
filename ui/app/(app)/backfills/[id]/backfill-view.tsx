'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { fetchOrThrow, sendApi } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import type { Backfill, Problem } from '@/data/shapes';
import { AskPlanned } from '@/parts/ask-planned';
import { Ago, Instant } from '@/parts/instant';
import { ProgressBar } from '@/parts/progress-bar';
import { Button, Fact, Facts, PageHead, Panel, TextLink } from '@/parts/surface';
import { Ends } from '../backfill-list';

type Step = 'retry' | 'cancel';
type Props = Readonly<{ first: Backfill; mayAct: boolean; asked: Step | null }>;

const LOOK_AGAIN_MS = 5_000;

/** A backfill while it goes: how far it is, how it goes, and what can be done with it. */
export function BackfillView({ first, mayAct, asked }: Props) {
  const t = useTranslations('backfills');
  const { data: one } = useQuery({
    queryKey: ['backfill', first.operation],
    queryFn: () => fetchOrThrow<Backfill>(api.backfill(first.operation)),
    initialData: first,
    refetchInterval: (query) => (query.state.data?.progress === 'ended' ? false : LOOK_AGAIN_MS),
  });
  return (
    <>
      <PageHead title={t('one', { id: one.operation })} aside={<Steps one={one} mayAct={mayAct} asked={asked} />}>
        <p className="mt-1">
          <span className="font-medium">{t(`is.${one.progress}`)}</span>{' '}
          <span className="numbers text-muted">· {t('done', { done: one.done, members: one.members })}</span>
        </p>
      </PageHead>
      <div className="flex flex-col gap-4 px-4 pb-6 md:px-6">
        <Members one={one} />
        <Panel title={t('how')}>
          <Facts>
            <Fact name={t('jobs')}>
              <code className="font-mono">{one.jobs ?? t('allJobs')}</code>
              {one.downstream && <span className="block text-muted">{t('andDownstream')}</span>}
            </Fact>
            <Fact name={t('periods')}>
              <Instant at={one.from} jobZone={one.zone} short /> – <Instant at={one.to} jobZone={one.zone} short />
            </Fact>
            <Fact name={t('which')}>{t(`only.${one.only}`)}</Fact>
            <Fact name={t('order')}>{t(`orders.${one.order}`)}</Fact>
            <Fact name={t('parallel')}>
              <Parallel key={one.parallel} one={one} mayAct={mayAct} />
            </Fact>
            <Fact name={t('window')}>{one.window === null ? t('anyTime') : `${one.window} ${one.zone}`}</Fact>
            <Fact name={t('retries')}>{one.retries === null ? t('asJobs') : one.retries}</Fact>
            <Fact name={one.finishedAt === null ? t('ends') : t('ended')}>
              <Ends one={one} />
            </Fact>
            <Fact name={t('asked')}>
              {one.askedBy} · <Ago at={one.askedAt} />
            </Fact>
            {one.pausedBy !== null && <Fact name={t('pausedBy')}>{one.pausedBy}</Fact>}
            {one.cancelledBy !== null && <Fact name={t('cancelledBy')}>{one.cancelledBy}</Fact>}
            {one.rounds > 0 && <Fact name={t('rounds')}>{one.rounds}</Fact>}
          </Facts>
        </Panel>
      </div>
    </>
  );
}

const STATES = [
  ...(['succeeded', 'skipped', 'failed', 'timed_out', 'cancelled', 'running', 'queued', 'waiting'] as const),
  ...(['planned', 'withdrawn', 'left'] as const),
];

function Members({ one }: Readonly<{ one: Backfill }>) {
  const t = useTranslations('backfills');
  return (
    <Panel title={t('members')} aside={<TextLink href={page.runs({ operation: one.operation })}>{t('runs')}</TextLink>}>
      <ProgressBar states={one.states} members={one.members} />
      <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1">
        {STATES.filter((state) => (one.states[state] ?? 0) > 0).map((state) => (
          <li key={state} className="numbers">
            {t(`state.${state}`)} <span className="font-medium">{one.states[state]}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Pause or resume at once; another round and the end by their plans. */
function Steps({ one, mayAct, asked }: Readonly<{ one: Backfill; mayAct: boolean; asked: Step | null }>) {
  const t = useTranslations('backfills');
  const failed = (one.states.failed ?? 0) + (one.states.timed_out ?? 0);
  const isOver = one.progress === 'ended' || one.progress === 'cancelling';
  const titles = { retry: t('retryTitle', { id: one.operation }), cancel: t('cancelTitle', { id: one.operation }) };
  const step = (verb: Step, look: 'plain' | 'danger') => (
    <AskPlanned
      label={t(verb)}
      look={look}
      title={titles[verb]}
      confirm={t(verb)}
      allowed={mayAct}
      path={api.backfillStep(one.operation, verb)}
      named={verb}
      isOpen={asked === verb}
    />
  );
  return (
    <>
      {!isOver && <PauseButton one={one} mayAct={mayAct} />}
      {failed > 0 && one.cancelledAt === null && step('retry', 'plain')}
      {!isOver && step('cancel', 'danger')}
    </>
  );
}

function PauseButton({ one, mayAct }: Readonly<{ one: Backfill; mayAct: boolean }>) {
  const t = useTranslations('backfills');
  const { busy, problem, send } = useSend();
  const verb = one.pausedAt === null ? 'pause' : 'resume';
  return (
    <>
      <Button disabled={!mayAct || busy} onClick={() => void send(api.backfillStep(one.operation, verb), {})}>
        {t(verb)}
      </Button>
      {problem && <span role="alert">{problem.message}</span>}
    </>
  );
}

/** How many at once; kept when the field is left by Enter or the button. */
function Parallel({ one, mayAct }: Readonly<{ one: Backfill; mayAct: boolean }>) {
  const t = useTranslations('backfills');
  const { busy, problem, send } = useSend();
  const [value, setValue] = useState(String(one.parallel));
  if (one.progress === 'ended' || !mayAct) return one.parallel;
  const isNew = /^[1-9]\d{0,2}$/.test(value) && Number(value) !== one.parallel;
  const keep = () => send(api.backfillStep(one.operation, 'set'), { parallel: Number(value) });
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isNew) void keep();
      }}
    >
      <input
        aria-label={t('parallel')}
        inputMode="numeric"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        className="numbers h-8 w-16 rounded-control border border-control bg-bg px-2"
      />
      <Button type="submit" disabled={!isNew || busy}>
        {t('keep')}
      </Button>
      {problem && <span role="alert">{problem.message}</span>}
    </form>
  );
}

/** Writes, and has everything shown read again. */
function useSend() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const send = async (path: string, body: unknown): Promise<void> => {
    setBusy(true);
    const answer = await sendApi('POST', path, body);
    setProblem(answer.ok ? undefined : answer.problem);
    await client.invalidateQueries();
    setBusy(false);
  };
  return { busy, problem, send };
}
