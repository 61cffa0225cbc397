'use client';

import { Dialog } from '@base-ui/react/dialog';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Problem } from '@/data/shapes';
import { Overlay } from './overlay';
import { Button, buttonClass } from './surface';

type Props = Readonly<{
  label: string;
  look: 'primary' | 'plain' | 'danger';
  title: string;
  confirm: string;
  /** Why it may not be asked; absent: it may. */
  refused: string | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  busy: boolean;
  /** Whether there is something to confirm. Default: there is. */
  isReady?: boolean;
  onConfirm: () => void;
  problem: Problem | undefined;
  children: ReactNode;
}>;

/** A button and the dialog that it opens: what would be done, the API's refusal, and the way back beside the way on. */
export function AskDialog(props: Props) {
  const t = useTranslations('part');
  const { look, busy, problem, isReady = true } = props;
  if (props.refused !== undefined) {
    return (
      <Button look={look} aria-disabled title={props.refused} className="cursor-not-allowed! opacity-55">
        {props.label}
        <span className="sr-only">{`: ${props.refused}`}</span>
      </Button>
    );
  }
  return (
    <Dialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Dialog.Trigger className={buttonClass(look)}>{props.label}</Dialog.Trigger>
      <Overlay
        title={props.title}
        foot={
          <>
            <Dialog.Close className={buttonClass()}>{t('back')}</Dialog.Close>
            <Button
              look={look === 'danger' ? 'danger' : 'primary'}
              disabled={busy || !isReady}
              onClick={() => props.onConfirm()}
            >
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
