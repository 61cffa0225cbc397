import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { Awaited } from '@/data/shapes';
import { shownWord } from '@/look/state';
import { Instant } from '@/parts/instant';
import { StateWord } from '@/parts/state-icon';
import { Panel, TextLink } from '@/parts/surface';

type NeighboursProps = Readonly<{
  kind: 'needs' | 'downstream';
  all: readonly Awaited[];
  zone: string;
  blocks?: boolean;
}>;

/** The periods this run needs, or that need it, each with its state now; `blocks`: those that wait do so because this one failed. */
export function Neighbours({ kind, all, zone, blocks = false }: NeighboursProps) {
  const t = useTranslations('run');
  return (
    <Panel title={t(kind)} flush>
      {all.length === 0 ? (
        <p className="px-4 py-3 text-muted">{t(kind === 'needs' ? 'noNeeds' : 'noDownstream')}</p>
      ) : (
        <table className="rows stack">
          <thead className="sr-only">
            <tr>
              <th>{t('state')}</th>
              <th>{t('job')}</th>
              <th>{t('period')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((each) => (
              <tr key={`${each.job} ${each.period}`}>
                <td className="on-bg">
                  <StateWord state={blocks && each.state === 'waiting' ? 'blocked' : shownWord(each.state)} />
                </td>
                <td className="w-full md:whitespace-normal! max-md:flex-1">
                  <TextLink href={each.run === null ? page.job(each.job) : page.run(each.run)} className="break-all">
                    {each.job}
                  </TextLink>
                </td>
                <td className="max-md:basis-full max-md:text-sm">
                  <Instant at={each.period} jobZone={zone} short />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
