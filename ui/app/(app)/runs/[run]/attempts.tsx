import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { Attempt, RunDetail, Turn } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { shownWord } from '@/look/state';
import { Instant, Took } from '@/parts/instant';
import { StateWord } from '@/parts/state-icon';
import { Panel, TextLink } from '@/parts/surface';

/** Every process of the run, newest first: where it ran and how it ended. */
export function Attempts({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  const newestFirst = [...run.attempts].sort((a, b) => b.n - a.n);
  return (
    <Panel title={t('attempts', { count: run.attempts.length })} flush>
      {run.attemptsExpired && <p className="px-4 py-3 text-muted">{t('attemptsExpired')}</p>}
      {newestFirst.length === 0 ? (
        !run.attemptsExpired && <p className="px-4 py-3 text-muted">{t('noAttempts')}</p>
      ) : (
        <table className="rows stack">
          <thead>
            <tr>
              <th>{t('attempt')}</th>
              <th>{t('state')}</th>
              <th className="w-full">{t('exit')}</th>
              <th>{t('host')}</th>
              <th>{t('commit')}</th>
              <th>{t('started')}</th>
              <th className="end">{t('took')}</th>
            </tr>
          </thead>
          <tbody>
            {newestFirst.map((attempt) => (
              <AttemptRow key={attempt.n} run={run} attempt={attempt} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function AttemptRow({ run, attempt }: Readonly<{ run: RunDetail; attempt: Attempt }>) {
  const t = useTranslations('run');
  const state = attempt.state === 'ended' ? shownWord(attempt.outcome) : attempt.state;
  return (
    <tr>
      <td>
        <TextLink href={`${page.run(run.run, attempt.n)}#log`}>{t('attemptNumber', { n: attempt.n })}</TextLink>
        <span className="text-muted">{` · ${t('turnNumber', { n: attempt.turn })}`}</span>
      </td>
      <td className="on-bg">
        <StateWord state={state} />
      </td>
      <td className="numbers w-full md:max-w-0 md:truncate" title={attempt.note ?? undefined}>
        <Exit attempt={attempt} />
      </td>
      <td className="break-all">
        {attempt.host}
        {attempt.pid !== null && (
          <span className="numbers text-muted max-2xl:hidden">{` · ${t('pid', { pid: String(attempt.pid) })}`}</span>
        )}
      </td>
      <td>
        <code className="font-mono">{shortCommit(attempt.commit)}</code>
      </td>
      <td className="wide-only">
        <Instant at={attempt.started} jobZone={run.zone} />
      </td>
      <td className="end">
        <Took from={attempt.started} to={attempt.ended} />
      </td>
    </tr>
  );
}

const WHO_ENDED = ['timeout', 'cancel', 'stranger'] as const;
const isBy = (note: string | null): note is (typeof WHO_ENDED)[number] =>
  (WHO_ENDED as readonly (string | null)[]).includes(note);

function Exit({ attempt }: Readonly<{ attempt: Attempt }>) {
  const t = useTranslations('run');
  const by = useTranslations('endedBy');
  const ending =
    attempt.signal !== null
      ? t('signal', { signal: attempt.signal })
      : attempt.exitCode !== null
        ? t('exitCode', { code: attempt.exitCode })
        : null;
  if (ending === null && attempt.note === null) return <span className="text-muted max-md:hidden">–</span>;
  const note = isBy(attempt.note) ? by(attempt.note) : attempt.note;
  return (
    <>
      {ending}
      {note !== null && <span className="text-muted">{ending === null ? note : ` · ${note}`}</span>}
      {attempt.applications.map(({ id, link }) => (
        <span key={id} className="block font-mono text-sm">
          {link === null ? (
            id
          ) : (
            <a href={link} target="_blank" rel="noreferrer">
              {id}
            </a>
          )}
        </span>
      ))}
    </>
  );
}

/** What was asked of the run, in order: by whom, and how it ended. */
export function Turns({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  if (run.turns.length === 0) return null;
  return (
    <Panel title={t('turns', { count: run.turns.length })} flush>
      <table className="rows stack">
        <thead>
          <tr>
            <th>{t('turn')}</th>
            <th>{t('state')}</th>
            <th>{t('trigger')}</th>
            <th>{t('askedBy')}</th>
            <th className="w-full">{t('asked')}</th>
          </tr>
        </thead>
        <tbody>
          {[...run.turns]
            .sort((a, b) => b.n - a.n)
            .map((turn) => (
              <TurnRow key={turn.n} turn={turn} zone={run.zone} />
            ))}
        </tbody>
      </table>
    </Panel>
  );
}

function TurnRow({ turn, zone }: Readonly<{ turn: Turn; zone: string }>) {
  const t = useTranslations('run');
  const trigger = useTranslations('trigger');
  return (
    <tr>
      <td>{t('turnNumber', { n: turn.n })}</td>
      <td className="on-bg">
        {turn.endedAt === null ? (
          <span className="text-muted">{t('turnLive')}</span>
        ) : (
          <StateWord state={shownWord(turn.outcome)} />
        )}
      </td>
      <td>
        {trigger(turn.trigger)}
        {turn.retry > 0 && <span className="text-muted">{` · ${t('retryNumber', { n: turn.retry })}`}</span>}
      </td>
      <td>
        {turn.askedBy}
        {turn.cancelRequestedBy !== null && (
          <span className="text-muted">{` · ${t('cancelledBy', { who: turn.cancelRequestedBy })}`}</span>
        )}
      </td>
      <td className="max-md:text-sm">
        <Instant at={turn.askedAt} jobZone={zone} />
      </td>
    </tr>
  );
}
