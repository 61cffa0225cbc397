import { useTranslations } from 'next-intl';
import type { Machine } from '@/data/shapes';
import { printBytes } from '@/look/print';

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** What a host last said of itself: slots, load, memory. What it did not say is left out. */
export function HostFacts({ facts }: Readonly<{ facts: Machine['facts'] }>) {
  const t = useTranslations('machines');
  const slots = numberOf(facts.slots);
  const cpus = numberOf(facts.cpus);
  const total = numberOf(facts.memoryBytes);
  const free = numberOf(facts.memoryFreeBytes);
  const load = Array.isArray(facts.load) ? facts.load.filter((each) => typeof each === 'number') : [];
  const parts = [
    slots !== undefined && t('slots', { used: numberOf(facts.slotsUsed) ?? 0, slots }),
    load.length > 0 && t('load', { load: load.map((each) => each.toFixed(2)).join(' ') }),
    cpus !== undefined && t('cpus', { cpus }),
    total !== undefined &&
      free !== undefined &&
      t('memory', { used: printBytes(total - free), total: printBytes(total) }),
  ].filter((part) => part !== false);
  return <span className="numbers">{parts.join(' · ')}</span>;
}
