'use client';

import { useTranslations } from 'next-intl';
import { civilOf } from '@/look/time';
import { useFilters } from '@/parts/filter-bar';

const RECENT = ['now-1h', 'now-24h', 'now-7d', 'now-30d'] as const;

/** A range of periods: recent ones stay relative in the address; a fixed one is two dates, the second not included. */
export function TimeFilter({ from, to, zone }: Readonly<{ from: string; to: string; zone: string }>) {
  const t = useTranslations('filter');
  const { change } = useFilters();
  const fixed = from !== '' && !from.startsWith('now');
  const choose = (value: string) => {
    if (value === 'fixed') change({ from: civilOf(new Date().toISOString(), zone).date, to: '' });
    else change({ from: value, to: '' });
  };
  return (
    <>
      <label className="contents">
        <span className="sr-only">{t('period')}</span>
        <select className="control shrink-0" value={fixed ? 'fixed' : from} onChange={(e) => choose(e.target.value)}>
          <option value="">{t('anyPeriod')}</option>
          {RECENT.map((value) => (
            <option key={value} value={value}>
              {t(value)}
            </option>
          ))}
          {from !== '' && !fixed && !RECENT.includes(from as (typeof RECENT)[number]) && (
            <option value={from}>{from}</option>
          )}
          <option value="fixed">{t('fixed')}</option>
        </select>
      </label>
      {fixed && (
        <span className="inline-flex items-center gap-2">
          <DateField label={t('from')} value={from} onValue={(value) => change({ from: value })} />
          <span className="text-muted">–</span>
          <DateField label={t('to')} value={to} onValue={(value) => change({ to: value })} />
          <span className="shrink-0 whitespace-nowrap text-muted text-sm" title={t('datesIn', { zone })}>
            {zone}
          </span>
        </span>
      )}
    </>
  );
}

function DateField({
  label,
  value,
  onValue,
}: Readonly<{ label: string; value: string; onValue: (value: string) => void }>) {
  return (
    <input
      type="date"
      aria-label={label}
      title={label}
      className="control"
      value={value.slice(0, 10)}
      onChange={(e) => onValue(e.target.value)}
    />
  );
}
