'use client';

import { X } from 'lucide-react';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId, useTransition } from 'react';
import type { Ignored } from '@/data/filters';
import { address } from '@/data/paths';

/** Changes filters in the address; empty ones leave it. */
export function useFilters(): Readonly<{
  change: (changes: Readonly<Record<string, string>>) => void;
  clear: () => void;
  pending: boolean;
}> {
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const [pending, start] = useTransition();
  const go = (to: string) => start(() => router.push(to, { scroll: false }));
  return {
    change: (changes) => go(address(path, { ...Object.fromEntries(params), ...changes })),
    clear: () => go(address(path, { project: params.get('project') })),
    pending,
  };
}

type Option = Readonly<{ value: string; label: string }>;

// A link may ask for several states at once; the list then offers that set as it stands in the address.
export function withChosen(options: readonly Option[], chosen: string | undefined): readonly Option[] {
  if (chosen === undefined || options.some((option) => option.value === chosen)) return options;
  const labels = chosen.split(',').map((part) => options.find((option) => option.value === part)?.label ?? part);
  return [{ value: chosen, label: labels.join(' + ') }, ...options];
}

/** One of a known set, or all. */
export function SelectFilter(
  props: Readonly<{ name: string; label: string; value: string; all: string; options: readonly Option[] }>,
) {
  const { change } = useFilters();
  return (
    <label className="contents">
      <span className="sr-only">{props.label}</span>
      <select
        className="control max-w-56 shrink-0"
        value={props.value}
        data-set={props.value !== ''}
        onChange={(event) => change({ [props.name]: event.target.value })}
      >
        <option value="">{props.all}</option>
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Anything one types, with what is on the page as suggestions. */
export function TextFilter(
  props: Readonly<{ name: string; label: string; value: string; known?: readonly string[]; wide?: boolean }>,
) {
  const { change } = useFilters();
  const list = useId();
  const commit = (text: string) => {
    if (text.trim() !== props.value) change({ [props.name]: text.trim() });
  };
  return (
    <label className="contents">
      <span className="sr-only">{props.label}</span>
      <input
        key={props.value}
        className={`control shrink-0 placeholder:text-muted ${props.wide ? 'w-56' : 'w-32'}`}
        defaultValue={props.value}
        placeholder={props.label}
        list={props.known ? list : undefined}
        autoComplete="off"
        spellCheck={false}
        onBlur={(event) => commit(event.target.value)}
        onChange={(event) => {
          if (props.known?.includes(event.target.value)) commit(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit(event.currentTarget.value);
        }}
      />
      {props.known && (
        <datalist id={list}>
          {props.known.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </label>
  );
}

/** The row of filters above a list; what the address asked for and nobody understood is said below it. */
export function FilterBar({
  children,
  active,
  ignored,
}: Readonly<{ children: ReactNode; active: boolean; ignored: readonly Ignored[] }>) {
  const t = useTranslations('filter');
  const { clear, pending } = useFilters();
  return (
    <div className="border-line border-b px-4 pb-2 md:px-6" data-pending={pending}>
      <div className="-mx-4 flex items-center gap-2 overflow-x-auto px-4 py-1 md:mx-0 md:flex-wrap md:overflow-visible md:px-0">
        {children}
        {active && (
          <button
            type="button"
            onClick={clear}
            className="inline-flex h-7 shrink-0 items-center whitespace-nowrap gap-1 rounded-control px-2 text-muted hover:bg-panel hover:text-text"
          >
            <X size={14} aria-hidden />
            {t('clear')}
          </button>
        )}
      </div>
      {ignored.length > 0 && (
        <p role="status" className="mt-2 text-muted">
          {t('ignored', { what: ignored.map(({ key, value }) => `${key}=${value}`).join(', ') })}
        </p>
      )}
    </div>
  );
}
