import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { RunDetail } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { shownWord } from '@/look/state';
import { printInstant } from '@/look/time';
import { CopyButton } from '@/parts/command';
import { Instant, Took } from '@/parts/instant';
import { StateWord } from '@/parts/state-icon';
import { Fact, Facts, Panel, TextLink } from '@/parts/surface';

/** What the run is, in one look: its period in three ways, its commit, what asked for it, and when it went. */
export function RunFacts({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  const trigger = useTranslations('trigger');
  const commit = run.commit ?? run.deployment?.commit ?? null;
  return (
    <Panel
      title={t('summary')}
      aside={
        <span className="inline-flex min-w-0 items-center gap-1 text-muted">
          {t('number', { run: run.run })}
          <CopyButton text={run.run} />
        </span>
      }
    >
      <Facts>
        <Fact name={t('period')}>
          <span className="numbers block">
            {printInstant(run.period, run.zone, true)} <span className="text-muted">{run.zone}</span>
          </span>
          {run.zone !== 'UTC' && (
            <span className="numbers block text-muted">{printInstant(run.period, 'UTC', true)} UTC</span>
          )}
        </Fact>
        <Fact name={t('bizdate')}>
          <span className="numbers">{run.bizdate}</span>
        </Fact>
        {run.batch !== null && (
          <Fact name={t('batch')}>
            <span className="numbers">{run.batch}</span>
          </Fact>
        )}
        <Interval run={run} />
        <Fact name={t('trigger')}>
          {trigger(run.trigger)}
          {run.owed !== null && <span className="block text-muted">{t('owed', { trigger: trigger(run.owed) })}</span>}
          <Operation run={run} />
        </Fact>
        <Fact name={t('commit')}>
          {commit === null ? (
            <span className="text-muted">{t('notPinned')}</span>
          ) : (
            <code className="font-mono">{shortCommit(commit)}</code>
          )}
          {run.deployment && (
            <span className="block truncate text-muted" title={run.deployment.subject}>
              {run.deployment.subject}
            </span>
          )}
        </Fact>
        <Fact name={t('machineGroup')}>
          <TextLink href="/machines">{run.machineGroup}</TextLink>
        </Fact>
        <Timing run={run} />
        {run.fact && (
          <Fact name={t('fact')}>
            <StateWord state={shownWord(run.fact.state)} />
            {run.fact.reason !== null && !isSaidAbove(run, run.fact.reason) && (
              <span className="block text-muted">{run.fact.reason}</span>
            )}
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

// The block "why" tells it in the reader's language.
const isSaidAbove = (run: RunDetail, text: string): boolean =>
  run.reasons.some(
    (reason) => ('text' in reason && reason.text === text) || (reason.kind === 'marked' && reason.reason === text),
  );

function Interval({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  if (run.dataInterval === null) return null;
  return (
    <Fact name={t('dataInterval')}>
      <span className="block">
        <Instant at={run.dataInterval.start} jobZone={run.zone} short />
      </span>
      <span className="block">
        <span className="text-muted">{t('until')}</span> <Instant at={run.dataInterval.end} jobZone={run.zone} short />
      </span>
    </Fact>
  );
}

function Operation({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  if (run.operation === null) return null;
  return (
    <TextLink href={page.runs({ operation: run.operation.id })} className="block">
      {t('operation', { id: run.operation.id, by: run.operation.by })}
    </TextLink>
  );
}

function Timing({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  const steps = [
    [t('queued'), run.queuedAt],
    [t('started'), run.startedAt],
    [t('ended'), run.endedAt],
  ] as const;
  return (
    <>
      {steps.map(
        ([name, at]) =>
          at !== null && (
            <Fact key={name} name={name}>
              <Instant at={at} jobZone={run.zone} />
            </Fact>
          ),
      )}
      {run.startedAt !== null && (run.endedAt !== null || run.state === 'running') && (
        <Fact name={t('took')}>
          <Took from={run.startedAt} to={run.endedAt} />
        </Fact>
      )}
    </>
  );
}
