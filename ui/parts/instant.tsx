'use client';

import { useTranslations } from 'next-intl';
import { civilOf, spanOf, zoneFor } from '@/look/time';
import { useNow, useZone } from './shell/zone';

type InstantProps = Readonly<{
  at: string;
  /** The job's zone, or the offset of its period. */
  jobZone: string;
  /** Whole minutes are shown without seconds (periods, next runs). */
  short?: boolean;
}>;

/** An instant in the zone the visitor chose, with its offset beside it. */
export function Instant({ at, jobZone, short = false }: InstantProps) {
  const { choice } = useZone();
  const zone = zoneFor(choice, jobZone);
  const { date, time, seconds, offset } = civilOf(at, zone);
  const clock = short && seconds === '00' ? time : `${time}:${seconds}`;
  return (
    <time dateTime={at} title={`${zone} · ${at}`} className="numbers whitespace-nowrap">
      {date} {clock} <span className="text-muted text-sm">{offset}</span>
    </time>
  );
}

/** Turns a length of time into words: `1 h 5 min`. */
export function useSpan(): (ms: number) => string {
  const t = useTranslations('span');
  return (ms) => {
    const { unit, a, b } = spanOf(ms);
    return t(unit, { a, b, rest: b > 0 ? 'yes' : 'no' });
  };
}

/** How long something took, or has taken until now. */
export function Took({ from, to }: Readonly<{ from: string; to: string | null }>) {
  const span = useSpan();
  return (
    <span className="numbers whitespace-nowrap">
      {to === null ? <Moving from={from} /> : span(Date.parse(to) - Date.parse(from))}
    </span>
  );
}

function Moving({ from }: Readonly<{ from: string }>) {
  return useSpan()(Math.max(0, useNow() - Date.parse(from)));
}

/** `in 3 h` or `5 min ago`. */
export function Ago({ at }: Readonly<{ at: string }>) {
  const t = useTranslations('span');
  const span = useSpan();
  const distance = Date.parse(at) - useNow();
  return (
    <span className="numbers whitespace-nowrap">
      {distance >= 0 ? t('in', { span: span(distance) }) : t('ago', { span: span(-distance) })}
    </span>
  );
}
