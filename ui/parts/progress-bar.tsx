'use client';

import { useTranslations } from 'next-intl';
import { colourOf, type Shown } from '@/look/state';

// In the order in which they stand in the bar: what is done first, what is to come last.
const ORDER: readonly Shown[] = [
  'succeeded',
  'skipped',
  'failed',
  'timed_out',
  'cancelled',
  'running',
  'queued',
  'waiting',
];

type Props = Readonly<{ states: Readonly<Record<string, number>>; members: number }>;

/** How many members are in each state, as one bar; in words for those who listen or point at it. */
export function ProgressBar({ states, members }: Props) {
  const t = useTranslations('state');
  const parts = ORDER.flatMap((state) => (states[state] ? [{ state, n: states[state] }] : []));
  const words = parts.map(({ state, n }) => `${t(state)} ${n}`).join(', ');
  return (
    <span role="img" aria-label={words} title={words} className="flex h-1.5 overflow-hidden rounded-full bg-line">
      {parts.map(({ state, n }) => (
        <span
          key={state}
          style={{
            width: `${(100 * n) / members}%`,
            background: colourOf[state],
            opacity: state === 'waiting' ? 0.4 : 1,
          }}
        />
      ))}
    </span>
  );
}
