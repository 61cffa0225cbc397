'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Problem } from '@/data/shapes';
import { Field, valuesOf } from '@/parts/field';
import { ProblemLine } from '@/parts/problem-line';
import { Button, Panel } from '@/parts/surface';

export function PasswordPanel({ hasPassword }: Readonly<{ hasPassword: boolean }>) {
  const t = useTranslations('you');
  const [problem, setProblem] = useState<Problem>();
  const [done, setDone] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    const answer = await sendApi('PUT', api.ownPassword, valuesOf(form));
    setProblem(answer.ok ? undefined : answer.problem);
    setDone(answer.ok);
    if (answer.ok) form.reset();
  };
  return (
    <Panel title={t('password')}>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        {(hasPassword || done) && (
          <Field
            id="current"
            name="current"
            type="password"
            label={t('current')}
            autoComplete="current-password"
            required
          />
        )}
        <Field id="next" name="password" type="password" label={t('next')} autoComplete="new-password" required />
        <Button type="submit">{t('set')}</Button>
        <ProblemLine problem={problem} />
        {done && <p role="status">{t('done')}</p>}
      </form>
    </Panel>
  );
}
