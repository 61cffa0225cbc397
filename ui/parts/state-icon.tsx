import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { colourOf, type Shown } from '@/look/state';

const OCTAGON = 'M5 1h6l4 4v6l-4 4H5l-4-4V5z';
const hole = {
  stroke: 'var(--bg)',
  strokeWidth: 1.8,
  fill: 'none',
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;
const line = {
  stroke: 'currentColor',
  strokeWidth: 1.6,
  fill: 'none',
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;

// Each state has its own outline as well as its colour, so that no two differ by colour alone.
const drawings: Readonly<Record<Shown, ReactNode>> = {
  succeeded: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m4.8 8.3 2.2 2.2 4.2-4.6" {...hole} />
    </>
  ),
  running: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} strokeOpacity=".3" />
      <path d="M8 1.8A6.2 6.2 0 0 1 14.2 8" {...line} className="origin-center animate-spin" />
      <path d="M6.3 5.2v5.6L11 8z" fill="currentColor" />
    </>
  ),
  failed: (
    <>
      <path d={OCTAGON} fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...hole} />
    </>
  ),
  timed_out: (
    <>
      <path d={OCTAGON} fill="currentColor" />
      <path d="M8 4.4V8l2.4 1.7" {...hole} />
    </>
  ),
  lost: (
    <>
      <path d={OCTAGON} {...line} />
      <path d="m6 6 4 4m0-4-4 4" {...line} />
    </>
  ),
  blocked: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} strokeWidth="1.9" />
      <path d="m3.8 12.2 8.4-8.4" {...line} strokeWidth="1.9" />
    </>
  ),
  waiting: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M8 4.6V8l2.3 1.6" {...line} />
    </>
  ),
  queued: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M8 4.4V8l2.4 1.7" {...hole} />
    </>
  ),
  cancelled: <rect x="2" y="2" width="12" height="12" rx="2.5" fill="currentColor" />,
  skipped: <path d="M3 8h2.6m1.9 0h1m1.9 0H13" {...line} strokeWidth="2.4" />,
  closed: <path d="M3 8h10" {...line} strokeWidth="2.4" />,
  none: <circle cx="8" cy="8" r="6.2" {...line} strokeDasharray="2.4 2.2" />,
  live: <path d="M5 3.5v9L12.5 8z" fill="currentColor" />,
};

/** The icon of a state, without its word: only where the word stands beside it or is the row's label. */
export function StateIcon({ state, label }: Readonly<{ state: Shown; label?: string }>) {
  const look = {
    viewBox: '0 0 16 16',
    width: 16,
    height: 16,
    className: 'inline-block shrink-0 self-center align-[-3px]',
    style: { color: colourOf[state] },
  } as const;
  if (label === undefined) {
    return (
      <svg {...look} aria-hidden="true">
        {drawings[state]}
      </svg>
    );
  }
  return (
    <svg {...look} role="img" aria-label={label}>
      <title>{label}</title>
      {drawings[state]}
    </svg>
  );
}

/** Icon, word and colour of a state. The word keeps the text's colour: several state colours are too weak for letters. */
export function StateWord({ state }: Readonly<{ state: Shown }>) {
  const t = useTranslations('state');
  return (
    <span className="inline-flex items-baseline gap-1.5 whitespace-nowrap">
      <StateIcon state={state} />
      {t(state)}
    </span>
  );
}
