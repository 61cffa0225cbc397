import { useTranslations } from 'next-intl';
import type { RunDetail } from '@/data/shapes';
import { colourOf, shownState } from '@/look/state';
import { ReasonWords } from '@/parts/reason-words';

/** The first block of a run that is not running and did not succeed: every reason, in words, with links. */
export function Why({ run }: Readonly<{ run: RunDetail }>) {
  const t = useTranslations('run');
  if (run.state === 'running' || run.state === 'succeeded') return null;
  const queuedForWorker = run.state === 'queued' && run.reasons.length === 0;
  if (run.reasons.length === 0 && !queuedForWorker) return null;
  return (
    <section
      aria-labelledby="why"
      className="rounded-control border border-line px-4 py-3"
      style={{ borderLeft: `3px solid ${colourOf[shownState(run)]}` }}
    >
      <h2 id="why" className="text-base">
        {t(`why.${run.state}`)}
      </h2>
      <ul className="mt-1 flex flex-col gap-1">
        {queuedForWorker && <li>{t('queuedForWorker', { group: run.machineGroup })}</li>}
        {run.reasons.map((reason) => (
          <li key={JSON.stringify(reason)} className="break-words">
            <ReasonWords reason={reason} jobZone={run.zone} />
          </li>
        ))}
      </ul>
    </section>
  );
}
