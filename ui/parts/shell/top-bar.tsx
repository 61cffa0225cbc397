'use client';

import { Popover } from '@base-ui/react/popover';
import { LogOut, Search, SlidersHorizontal } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { sendApi } from '@/data/browser-api';
import { api, page } from '@/data/paths';
import { keepChoice, PROJECT_COOKIE } from './choices';
import { LiveDot } from './live';
import { Mark } from './mark';
import { LanguageChoice, ThemeChoice, ZoneSelect } from './preferences';

type TopBarProps = Readonly<{ account: string; projects: readonly string[]; project: string | null }>;

/** What stands above every page: project, search, how times and colours are shown, whether it is live, who is signed in. */
export function TopBar({ account, projects, project }: TopBarProps) {
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-line border-b bg-bg px-3 md:gap-3 md:px-6">
      <span className="md:hidden">
        <Mark />
      </span>
      <ProjectChoice projects={projects} project={project} />
      <SearchField />
      <div className="ml-auto hidden items-center gap-2 lg:flex">
        <ZoneSelect />
        <LanguageChoice />
        <ThemeChoice />
        <span className="mx-1 h-5 w-px bg-line" />
        <LiveDot />
        <Account account={account} />
      </div>
      <Preferences account={account} />
    </header>
  );
}

function ProjectChoice({ projects, project }: Omit<TopBarProps, 'account'>) {
  const t = useTranslations('bar');
  const router = useRouter();
  if (project === null) return null;
  if (projects.length < 2) return <span className="max-w-32 truncate font-medium">{project}</span>;
  const choose = (name: string) => {
    keepChoice(PROJECT_COOKIE, name);
    router.push('/jobs');
    router.refresh();
  };
  return (
    <select
      aria-label={t('project')}
      className="control max-w-32 font-medium"
      value={project}
      onChange={(e) => choose(e.target.value)}
    >
      {projects.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

const TYPING_MS = 200;

/** Searches the jobs; on the list itself it filters while one types. */
function SearchField() {
  const t = useTranslations('bar');
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const q = path === '/jobs' ? (params.get('q') ?? '') : '';
  const field = useRef<HTMLInputElement>(null);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = q;
  }, [q]);
  const addressOf = (text: string) =>
    page.jobs({ ...(path === '/jobs' ? Object.fromEntries(params) : {}), cur: null, q: text.trim() });
  // Who has left the field is on the way elsewhere: a filter that came late would take them back.
  const filter = () => {
    clearTimeout(due.current);
    if (due.current === undefined) return;
    due.current = undefined;
    router.replace(addressOf(field.current?.value ?? ''));
  };
  const onType = () => {
    if (path !== '/jobs') return;
    clearTimeout(due.current);
    due.current = setTimeout(filter, TYPING_MS);
    if (document.activeElement !== field.current) filter();
  };
  const submit = (text: string) => {
    clearTimeout(due.current);
    due.current = undefined;
    router.push(addressOf(text));
  };
  return (
    <search className="min-w-0 flex-1 md:max-w-[360px]">
      <form
        className="relative"
        onSubmit={(event) => {
          event.preventDefault();
          submit(field.current?.value ?? '');
        }}
      >
        <Search
          size={14}
          aria-hidden
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-muted"
        />
        <input
          id="search"
          ref={field}
          type="search"
          defaultValue={q}
          autoComplete="off"
          spellCheck={false}
          aria-label={t('search')}
          placeholder={t('search')}
          onChange={onType}
          onBlur={filter}
          className="control w-full pr-8 pl-8 placeholder:text-muted"
        />
        <kbd className="-translate-y-1/2 pointer-events-none absolute top-1/2 right-2 hidden rounded border border-line bg-panel px-1.5 font-mono text-muted text-sm md:block">
          /
        </kbd>
      </form>
    </search>
  );
}

function Account({ account }: Readonly<{ account: string }>) {
  const t = useTranslations('bar');
  const signOut = async () => {
    await sendApi('DELETE', api.session);
    location.assign('/sign-in');
  };
  return (
    <span className="inline-flex items-center gap-1">
      <Link
        href="/me"
        aria-label={t('you', { account })}
        title={t('you', { account })}
        className="max-w-32 truncate text-muted underline-offset-2 hover:text-text hover:underline"
      >
        {account}
      </Link>
      <button
        type="button"
        onClick={() => void signOut()}
        aria-label={t('signOut')}
        title={t('signOut')}
        className="inline-flex size-8 items-center justify-center rounded-control text-muted hover:bg-panel hover:text-text"
      >
        <LogOut size={16} aria-hidden />
      </button>
    </span>
  );
}

/** The same choices behind one button, where the bar is too narrow for them. */
function Preferences({ account }: Readonly<{ account: string }>) {
  const t = useTranslations('bar');
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={t('preferences')}
        className="ml-auto inline-flex size-9 shrink-0 items-center justify-center rounded-control text-muted hover:bg-panel hover:text-text lg:hidden"
      >
        <SlidersHorizontal size={16} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-40">
          <Popover.Popup
            aria-label={t('preferences')}
            className="flex w-64 flex-col gap-3 rounded-control border border-line bg-bg p-4 shadow-overlay"
          >
            <ZoneSelect wide />
            <div className="flex items-center justify-between">
              <LanguageChoice />
              <ThemeChoice />
            </div>
            <div className="flex items-center justify-between border-line border-t pt-3">
              <LiveDot />
              <Account account={account} />
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
