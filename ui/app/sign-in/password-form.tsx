'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Problem } from '@/data/shapes';
import { Field, valuesOf } from '@/parts/field';
import { Button } from '@/parts/surface';
import { safeNext } from './link';

/** Signing in by an account and its password. */
export function PasswordForm() {
  const t = useTranslations('signIn');
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    setBusy(true);
    const answer = await sendApi('POST', api.session, { account: '', password: '', ...valuesOf(form) });
    if (answer.ok) location.replace(safeNext(new URLSearchParams(location.search).get('next')));
    else setProblem(answer.problem);
    setBusy(false);
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {problem && (
        <p role="alert" className="rounded-control border border-failed px-3 py-2">
          <Why problem={problem} />
        </p>
      )}
      <Field id="account" name="account" label={t('account')} autoComplete="username" spellCheck={false} required />
      <Field
        id="password"
        name="password"
        type="password"
        label={t('password')}
        autoComplete="current-password"
        required
      />
      <Button type="submit" look="primary" disabled={busy}>
        {t('go')}
      </Button>
    </form>
  );
}

function Why({ problem }: Readonly<{ problem: Problem }>) {
  const t = useTranslations('signIn');
  const details = (problem.details ?? {}) as Readonly<{ retryAfterSeconds?: number; password?: string }>;
  if (details.retryAfterSeconds !== undefined) return t('closed', { seconds: details.retryAfterSeconds });
  return details.password === 'wrong' || problem.code === 'invalid' ? t('wrong') : problem.message;
}
