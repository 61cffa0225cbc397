'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Problem, Token } from '@/data/shapes';
import { Command } from '@/parts/command';
import { Field, valuesOf } from '@/parts/field';
import { Ago } from '@/parts/instant';
import { ProblemLine } from '@/parts/problem-line';
import { Button, Panel } from '@/parts/surface';

/** One's own tokens: made, seen without their secrets, ended. */
export function TokenPanel({ tokens }: Readonly<{ tokens: readonly Token[] }>) {
  const t = useTranslations('you');
  const router = useRouter();
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const make = async (form: HTMLFormElement) => {
    const { label, days } = valuesOf(form);
    const body = { label, ...(days === undefined ? {} : { days: Number(days) }) };
    const answer = await sendApi<Readonly<{ secret: string }>>('POST', api.tokens({}), body);
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return;
    setSecret(answer.value.secret);
    form.reset();
    router.refresh();
  };
  const end = async (id: string) => {
    await sendApi('DELETE', api.tokenOf(id));
    router.refresh();
  };
  return (
    <Panel title={t('tokens')} flush>
      {tokens.length === 0 ? (
        <p className="px-4 py-3 text-muted">{t('noTokens')}</p>
      ) : (
        <table className="rows stack">
          <thead>
            <tr>
              <th className="w-full">{t('label')}</th>
              <th>{t('may')}</th>
              <th>{t('used')}</th>
              <th>{t('expires')}</th>
              <th>{t('end')}</th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((one) => (
              <tr key={one.id}>
                <td className="wrap-anywhere whitespace-normal!">{one.label}</td>
                <td>{one.scopes?.join(', ') ?? t('all')}</td>
                <td>{one.lastUsedAt === null ? t('never') : <Ago at={one.lastUsedAt} />}</td>
                <td className="numbers">{one.expiresAt?.slice(0, 10) ?? t('never')}</td>
                <td>
                  <Button onClick={() => void end(one.id)}>{t('end')}</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form
        className="flex flex-wrap items-end gap-3 border-line border-t px-4 py-3"
        onSubmit={(event) => {
          event.preventDefault();
          void make(event.currentTarget);
        }}
      >
        <Field id="label" name="label" label={t('label')} required maxLength={200} />
        <Field id="days" name="days" type="number" min={1} max={3650} label={t('days')} defaultValue={90} />
        <Button type="submit">{t('make')}</Button>
        <ProblemLine problem={problem} />
      </form>
      {secret !== '' && (
        <div role="status" className="flex flex-col gap-2 px-4 pb-3">
          <p>{t('secret')}</p>
          <Command text={secret} />
        </div>
      )}
    </Panel>
  );
}
