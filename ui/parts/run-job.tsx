'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { sendApi } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import type { Answer, Asked } from '@/data/shapes';
import { Ask } from './ask';
import { Instant } from './instant';

type RunJobProps = Readonly<{
  project: string;
  job: string;
  /** Absent: the latest tick. */
  period?: string;
  jobZone?: string;
  label: string;
  look?: 'primary' | 'plain';
  allowed: boolean;
  /** Why it cannot be done now; shown on the disabled button. */
  notNow?: string | undefined;
}>;

/** Runs a job's period once by hand: a button, and a dialog that says what will happen and what will not. */
export function RunJob({ project, job, period, jobZone, label, look = 'plain', allowed, notNow }: RunJobProps) {
  const t = useTranslations('runJob');
  const router = useRouter();
  const run = async (): Promise<Answer<unknown>> => {
    const answer = await sendApi<Asked>('POST', api.operation('run'), {
      project,
      job,
      ...(period === undefined ? {} : { period }),
    });
    if (answer.ok) {
      router.push(page.run(answer.value.run));
      router.refresh();
    }
    return answer;
  };
  return (
    <Ask
      label={label}
      look={look}
      allowed={allowed}
      notNow={notNow}
      title={t('title', { job })}
      confirm={t('confirm')}
      act={run}
    >
      <p>
        {t.rich(period === undefined ? 'whatLatest' : 'what', {
          job: () => <code className="break-all font-mono">{job}</code>,
          at: () => <Period at={period} jobZone={jobZone} />,
        })}
      </p>
      <Consequences>
        <li>{t('once')}</li>
        <li>{t('noWait')}</li>
        <li>{t('noDownstream')}</li>
        <li>{t('pinned')}</li>
      </Consequences>
    </Ask>
  );
}

const Period = ({ at, jobZone }: Readonly<{ at: string | undefined; jobZone: string | undefined }>) =>
  at === undefined ? null : <Instant at={at} jobZone={jobZone ?? 'UTC'} short />;

export function Consequences({ children }: Readonly<{ children: ReactNode }>) {
  return <ul className="mt-3 flex list-disc flex-col gap-1 pl-5 text-muted marker:text-control">{children}</ul>;
}

/** Ends a run for good. */
export function CancelRun(
  props: Readonly<{ run: string; job: string; running: boolean; allowed: boolean; notNow?: string | undefined }>,
) {
  const t = useTranslations('cancelRun');
  const router = useRouter();
  const cancel = async (): Promise<Answer<unknown>> => {
    const answer = await sendApi('POST', api.operation('cancel'), { run: props.run });
    if (answer.ok) router.refresh();
    return answer;
  };
  return (
    <Ask
      label={t('label')}
      look="danger"
      allowed={props.allowed}
      notNow={props.notNow}
      title={t('title', { job: props.job })}
      confirm={t('confirm')}
      act={cancel}
    >
      <p>{props.running ? t('whatRunning') : t('whatWaiting')}</p>
      <Consequences>
        <li>{t('final')}</li>
        <li>{t('noRetry')}</li>
        <li>{t('downstream')}</li>
      </Consequences>
    </Ask>
  );
}
