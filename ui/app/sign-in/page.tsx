import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Command } from '@/parts/command';
import { Mark } from '@/parts/shell/mark';
import { LanguageChoice, ThemeChoice } from '@/parts/shell/preferences';
import { SignIn } from './sign-in';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title'), referrer: 'no-referrer' };
}

/** Where one arrives without a session: by a one-time link it signs in by itself, else it says how to get one. */
export default async function SignInPage() {
  const t = await getTranslations('signIn');
  return (
    <main className="mx-auto flex min-h-dvh max-w-[400px] flex-col justify-center gap-5 px-4 py-10">
      <div className="flex items-center gap-3">
        <Mark />
        <h1 className="text-xl">{t('title')}</h1>
      </div>
      <SignIn />
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
