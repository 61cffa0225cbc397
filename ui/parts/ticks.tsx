import { useTranslations } from 'next-intl';
import type { JobSummary } from '@/data/shapes';
import { colourOf, type Shown, shownState } from '@/look/state';

const SHOWN = 14;
const BAR = { width: 6, step: 8, height: 18 } as const;

// Height and outline tell the states apart without their colours: tall is trouble, hollow has not run yet.
const shape: Readonly<Record<Shown, Readonly<{ height: number; hollow: boolean }>>> = {
  succeeded: { height: 10, hollow: false },
  running: { height: 14, hollow: false },
  live: { height: 14, hollow: false },
  failed: { height: 18, hollow: false },
  timed_out: { height: 18, hollow: false },
  lost: { height: 18, hollow: true },
  blocked: { height: 18, hollow: true },
  waiting: { height: 10, hollow: true },
  queued: { height: 12, hollow: false },
  cancelled: { height: 6, hollow: false },
  skipped: { height: 3, hollow: false },
  closed: { height: 3, hollow: false },
  none: { height: 3, hollow: true },
};

/** A job's last runs as bars, oldest first, the newest at the right edge; one picture with one spoken summary. */
export function Ticks({ last }: Readonly<{ last: JobSummary['last'] }>) {
  const t = useTranslations('jobs');
  const bars = last.slice(-SHOWN);
  const label = useTicksSummary(bars);
  const empty = SHOWN - bars.length;
  if (bars.length === 0) return <span className="text-muted">{t('neverRan')}</span>;
  return (
    <svg role="img" aria-label={label} width={SHOWN * BAR.step} height={BAR.height} className="block shrink-0">
      <title>{label}</title>
      {Array.from({ length: empty }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: these are places, not things
        <rect key={i} x={i * BAR.step} y={BAR.height - 2} width={BAR.width} height={2} fill="var(--border)" />
      ))}
      {bars.map((run, i) => (
        <Bar key={run.run} x={(empty + i) * BAR.step} state={shownState(run)} />
      ))}
    </svg>
  );
}

function Bar({ x, state }: Readonly<{ x: number; state: Shown }>) {
  const { height, hollow } = shape[state];
  const y = BAR.height - height;
  const colour = colourOf[state];
  return hollow ? (
    <rect
      x={x + 0.75}
      y={y + 0.75}
      width={BAR.width - 1.5}
      height={height - 1.5}
      rx={1}
      fill="none"
      stroke={colour}
      strokeWidth={1.5}
    />
  ) : (
    <rect x={x} y={y} width={BAR.width} height={height} rx={1} fill={colour} />
  );
}

function useTicksSummary(bars: JobSummary['last']): string {
  const t = useTranslations('jobs');
  const word = useTranslations('state');
  const counts = new Map<Shown, number>();
  for (const run of bars) counts.set(shownState(run), (counts.get(shownState(run)) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => t('tickCount', { count, state: word(state) }));
  return t('tickSummary', { count: bars.length, parts: parts.join(t('comma')) });
}
