import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { SearchParams } from '@/data/filters';
import { address, api } from '@/data/paths';
import { readApi } from '@/data/server-api';
import type { SignInWays } from '@/data/shapes';
import { Command } from '@/parts/command';
import { Mark } from '@/parts/shell/mark';
import { LanguageChoice, ThemeChoice } from '@/parts/shell/preferences';
import { buttonClass } from '@/parts/surface';
import { PasswordForm } from './password-form';
import { SignIn } from './sign-in';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title'), referrer: 'no-referrer' };
}

const REFUSED = ['provider', 'no-role', 'taken', 'name', 'unavailable', 'disabled', 'unknown'] as const;

/** Where one arrives without a session: by a link it signs in by itself; else by a password, by the provider, or by a link that is pasted. */
export default async function SignInPage({ searchParams }: Readonly<{ searchParams: Promise<SearchParams> }>) {
  const t = await getTranslations('signIn');
  const { next, refused } = await searchParams;
  const ways = await readApi<SignInWays>(api.signInWays);
  const provider = ways.ok ? ways.value.oidc : null;
  const why = REFUSED.find((one) => one === refused);
  return (
    <main className="mx-auto flex min-h-dvh max-w-[400px] flex-col justify-center gap-5 px-4 py-10">
      <div className="flex items-center gap-3">
        <Mark />
        <h1 className="text-xl">{t('title')}</h1>
      </div>
      {why && (
        <p role="alert" className="rounded-control border border-failed px-3 py-2">
          {t(`refused.${why === 'unknown' ? 'provider' : why}`)}
        </p>
      )}
      {provider && (
        <a
          className={buttonClass('primary')}
          href={address(api.oidc, { next: typeof next === 'string' ? next : null })}
        >
          {t('by', { provider })}
        </a>
      )}
      <PasswordForm />
      <section className="flex flex-col gap-3 border-line border-t pt-5">
        <h2 className="text-base">{t('orLink')}</h2>
        <SignIn />
      </section>
      <section className="flex flex-col gap-2 border-line border-t pt-5">
        <h2 className="text-base">{t('howTitle')}</h2>
        <p className="text-muted">{t('howUp')}</p>
        <Command text="hera up" />
        <p className="mt-2 text-muted">{t('howLink')}</p>
        <Command text="hera token link" />
      </section>
      <div className="flex items-center gap-1">
        <LanguageChoice />
        <ThemeChoice />
      </div>
    </main>
  );
}
