'use client';

import { Dialog } from '@base-ui/react/dialog';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Answer, Problem } from '@/data/shapes';
import { Overlay } from './overlay';
import { Button, buttonClass } from './surface';

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
  if (why !== undefined) {
    return (
      <Button look={props.look} aria-disabled title={why} className="cursor-not-allowed! opacity-55">
        {props.label}
        <span className="sr-only">{`: ${why}`}</span>
      </Button>
    );
  }
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className={buttonClass(props.look)}>{props.label}</Dialog.Trigger>
      <Overlay
        title={props.title}
        foot={
          <>
            <Dialog.Close className={buttonClass()}>{t('back')}</Dialog.Close>
            <Button look={props.look === 'danger' ? 'danger' : 'primary'} disabled={busy} onClick={() => void act()}>
              {busy ? t('asking') : props.confirm}
            </Button>
          </>
        }
      >
        {props.children}
        {problem && (
          <p role="alert" className="mt-3 rounded-control border border-failed px-3 py-2">
            {problem.message}
            {problem.help && <span className="block text-muted">{problem.help}</span>}
          </p>
        )}
      </Overlay>
    </Dialog.Root>
  );
}
