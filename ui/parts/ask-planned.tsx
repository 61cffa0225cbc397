'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { sendApi } from '@/data/browser-api';
import type { OperationPlan, Problem } from '@/data/shapes';
import { AskDialog } from './ask-dialog';

type Props = Readonly<{
  label: string;
  look: 'plain' | 'danger';
  title: string;
  confirm: string;
  allowed: boolean;
  /** Where the plan is asked, and done by its hash. */
  path: string;
  /** What the page's address says while the dialog is open, so that it can be shared: `?do=<named>`. */
  named: string;
  isOpen: boolean;
}>;

const LISTED = 50;

/** A button whose dialog shows the plan of an operation, as a list with counts and reasons, before it is done exactly so. */
export function AskPlanned(props: Props) {
  const t = useTranslations('part');
  const client = useQueryClient();
  const [open, setOpen] = useState(props.isOpen);
  const [plan, setPlan] = useState<OperationPlan>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const { path, named } = props;
  const ask = async (hash: string | null): Promise<boolean> => {
    setBusy(true);
    const answer = await sendApi<OperationPlan>('POST', path, { plan: hash });
    setBusy(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (answer.ok) setPlan(answer.value);
    return answer.ok;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plan is asked once for each opening, not at each drawing
  useEffect(() => {
    const address = new URL(location.href);
    if (open) address.searchParams.set('do', named);
    else if (address.searchParams.get('do') === named) address.searchParams.delete('do');
    history.replaceState(history.state, '', address);
    if (open) void ask(null);
  }, [open]);
  const act = async () => {
    if (!(await ask(plan?.hash ?? null))) return;
    setOpen(false);
    void client.invalidateQueries();
  };
  return (
    <AskDialog
      {...props}
      {...{ refused: props.allowed ? undefined : t('noRight'), open, onOpenChange: setOpen, busy, problem }}
      isReady={plan !== undefined && plan.total > 0}
      onConfirm={() => void act()}
    >
      {plan && <PlanList plan={plan} />}
    </AskDialog>
  );
}

function PlanList({ plan }: Readonly<{ plan: OperationPlan }>) {
  const t = useTranslations('plan');
  const reasons = new Map<string, number>();
  for (const { why } of plan.runs) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return (
    <>
      <p>
        {t('runs', { count: plan.total })}{' '}
        <span className="text-muted">
          · {t('hash')} <code className="font-mono">{plan.hash}</code>
        </span>
      </p>
      <ul className="mt-2 text-muted">
        {[...reasons].slice(0, 5).map(([why, n]) => (
          <li key={why} className="numbers">{`${n} × ${why}`}</li>
        ))}
      </ul>
      <ol className="mt-3 max-h-72 overflow-y-auto border-line border-t">
        {plan.runs.slice(0, LISTED).map((run) => (
          <li key={`${run.job}@${run.period}`} className="border-line border-b py-1">
            <code className="wrap-anywhere font-mono text-sm">{run.job}</code>{' '}
            <span className="numbers text-muted text-sm">{run.period}</span>
          </li>
        ))}
      </ol>
      {plan.total > LISTED && <p className="mt-2 text-muted">{t('more', { count: plan.total - LISTED })}</p>}
    </>
  );
}
