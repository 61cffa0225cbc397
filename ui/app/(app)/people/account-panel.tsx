'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Account, Answer, Problem } from '@/data/shapes';
import { Ask } from '@/parts/ask';
import { Field, valuesOf } from '@/parts/field';
import { Ago } from '@/parts/instant';
import { ProblemLine } from '@/parts/problem-line';
import { Button, Panel } from '@/parts/surface';

const ROLES = ['viewer', 'operator', 'admin'] as const;

/** Accounts: added, changed, removed. What the API refuses is said above the list. */
export function AccountPanel({ accounts }: Readonly<{ accounts: readonly Account[] }>) {
  const t = useTranslations('people');
  const router = useRouter();
  const [problem, setProblem] = useState<Problem>();
  const told = (answer: Answer<unknown>): Answer<unknown> => {
    setProblem(answer.ok ? undefined : answer.problem);
    router.refresh();
    return answer;
  };
  const change = async (account: string, body: object) => told(await sendApi('PATCH', api.accountOf(account), body));
  const add = async (form: HTMLFormElement) => {
    const answer = told(await sendApi('POST', api.accounts, valuesOf(form)));
    if (answer.ok) form.reset();
  };
  return (
    <Panel title={t('accounts')} flush>
      <ProblemLine problem={problem} />
      <table className="rows stack">
        <thead>
          <tr>
            <th>{t('account')}</th>
            <th className="w-full">{t('name')}</th>
            <th>{t('role')}</th>
            <th>{t('last')}</th>
            <th>{t('disable')}</th>
            <th>{t('remove')}</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((one) => (
            <tr key={one.account}>
              <td className="wrap-anywhere">{one.account}</td>
              <td className="wrap-anywhere whitespace-normal!">
                {one.title} {one.disabled && <span className="text-muted">{t('disabled')}</span>}
              </td>
              <td>
                <select
                  className="control"
                  aria-label={`${t('role')}: ${one.account}`}
                  value={one.role}
                  onChange={(event) => void change(one.account, { role: event.target.value })}
                >
                  {ROLES.map((role) => (
                    <option key={role}>{role}</option>
                  ))}
                </select>
              </td>
              <td>{one.lastSignInAt === null ? t('never') : <Ago at={one.lastSignInAt} />}</td>
              <td>
                <Button onClick={() => void change(one.account, { disabled: !one.disabled })}>
                  {one.disabled ? t('enable') : t('disable')}
                </Button>
              </td>
              <td>
                <Ask
                  label={t('remove')}
                  look="danger"
                  title={t('removeTitle', { account: one.account })}
                  confirm={t('removeConfirm')}
                  allowed
                  act={async () => told(await sendApi('DELETE', api.accountOf(one.account)))}
                >
                  <p>{t('removeWhy')}</p>
                </Ask>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        className="flex flex-wrap items-end gap-3 border-line border-t px-4 py-3"
        onSubmit={(event) => {
          event.preventDefault();
          void add(event.currentTarget);
        }}
      >
        <Field
          id="new-account"
          name="account"
          label={t('account')}
          required
          pattern="[\w.@\-]{1,64}"
          autoComplete="off"
        />
        <Field id="new-title" name="title" label={t('name')} autoComplete="off" />
        <label htmlFor="new-role" className="flex flex-col gap-1">
          <span className="text-muted text-sm">{t('role')}</span>
          <select id="new-role" name="role" className="control">
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <Field id="new-password" name="password" type="password" label={t('password')} autoComplete="new-password" />
        <Button type="submit">{t('add')}</Button>
      </form>
    </Panel>
  );
}
