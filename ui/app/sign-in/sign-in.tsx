'use client';

import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useRef, useState } from 'react';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Problem } from '@/data/shapes';
import { Button } from '@/parts/surface';
import { linkSecret, safeNext } from './link';

type Step = Readonly<{ kind: 'idle' }> | Readonly<{ kind: 'asking' }> | Readonly<{ kind: 'refused'; problem: Problem }>;

/** Exchanges the one-time secret of the address for a session, by POST; the secret leaves the address at once. */
export function SignIn() {
  const t = useTranslations('signIn');
  const [step, setStep] = useState<Step>({ kind: 'idle' });
  const asked = useRef(false);
  const exchange = useCallback(async (link: string) => {
    setStep({ kind: 'asking' });
    const answer = await sendApi('POST', api.session, { link });
    if (answer.ok) location.replace(safeNext(new URLSearchParams(location.search).get('next')));
    else setStep({ kind: 'refused', problem: answer.problem });
  }, []);
  useEffect(() => {
    const given = new URLSearchParams(location.search).has('link') || location.hash.length > 1;
    const secret = given ? linkSecret(location.href) : '';
    if (secret === '' || asked.current) return;
    asked.current = true;
    history.replaceState(null, '', withoutSecret());
    void exchange(secret);
  }, [exchange]);
  return (
    <>
      {step.kind === 'refused' && <Refused problem={step.problem} />}
      {step.kind === 'asking' ? (
        <p role="status">{t('asking')}</p>
      ) : (
        <PasteLink onLink={(link) => void exchange(link)} />
      )}
    </>
  );
}

function withoutSecret(): string {
  const query = new URLSearchParams(location.search);
  query.delete('link');
  return query.size > 0 ? `${location.pathname}?${query}` : location.pathname;
}

function Refused({ problem }: Readonly<{ problem: Problem }>) {
  const t = useTranslations('signIn');
  const kind = (problem.details as Readonly<{ link?: string }> | undefined)?.link;
  const known = kind === 'used' || kind === 'expired' || kind === 'unknown' || kind === 'disabled' ? kind : undefined;
  return (
    <p role="alert" className="rounded-control border border-failed px-3 py-2">
      {known ? t(`refused.${known}`) : problem.message}
    </p>
  );
}

function PasteLink({ onLink }: Readonly<{ onLink: (link: string) => void }>) {
  const t = useTranslations('signIn');
  const [bad, setBad] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = () => {
    const secret = linkSecret(field.current?.value ?? '');
    setBad(secret === '');
    if (secret !== '') onLink(secret);
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor="link">{t('paste')}</label>
      <div className="flex gap-2">
        <input
          id="link"
          ref={field}
          className="control h-8! min-w-0 flex-1 max-md:h-9!"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={bad}
          aria-describedby={bad ? 'link-bad' : undefined}
        />
        <Button type="submit" look="primary">
          {t('go')}
        </Button>
      </div>
      {bad && (
        <p id="link-bad" role="alert" className="text-sm">
          {t('bad')}
        </p>
      )}
    </form>
  );
}
