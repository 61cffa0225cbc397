'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Answer, Problem } from '@/data/shapes';
import { AskDialog } from './ask-dialog';

type AskProps = Readonly<{
  label: string;
  look: 'primary' | 'plain' | 'danger';
  title: string;
  confirm: string;
  allowed: boolean;
  notNow?: string | undefined;
  act: () => Promise<Answer<unknown>>;
  children: ReactNode;
}>;

/** A button that asks before it acts: the dialog says the consequence, and shows the API's refusal in its place. */
export function Ask(props: AskProps) {
  const t = useTranslations('part');
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const why = props.allowed ? props.notNow : t('noRight');
  const act = async () => {
    setBusy(true);
    const answer = await props.act();
    setBusy(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (answer.ok) setOpen(false);
    void client.invalidateQueries();
  };
  return (
    <AskDialog
      {...props}
      {...{ refused: why, open, onOpenChange: setOpen, busy, problem }}
      onConfirm={() => void act()}
    />
  );
}
