import { useTranslations } from 'next-intl';
import type { Source } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { Command } from '@/parts/command';

const ALARMS: readonly Source['state'][] = ['broken', 'refused', 'unreachable'];

/** Why the branch that deploys is not in force; nothing while it is. The reason is the server's own sentence. */
export function BranchNote({ source }: Readonly<{ source: Source | undefined }>) {
  const t = useTranslations('deployments');
  if (source === undefined || source.repository === null || source.state === 'in-force') return null;
  const isAlarm = ALARMS.includes(source.state);
  const commit = source.commit === null ? '' : shortCommit(source.commit);
  return (
    <div
      role={isAlarm ? 'alert' : 'status'}
      className={`mx-4 my-4 rounded-control border px-4 py-3 md:mx-6 ${isAlarm ? 'border-failed' : 'border-control'}`}
    >
      <h2 className="text-base">{t('branch', { branch: source.branch, commit })}</h2>
      <p className="mt-1">{t(`branchState.${source.state}`)}</p>
      {source.reason && <p className="mt-1 break-words text-muted">{source.reason}</p>}
      {source.help && <p className="mt-1 break-words text-muted">{source.help}</p>}
      <div className="mt-2">
        <Command text="hera source check" />
      </div>
    </div>
  );
}
