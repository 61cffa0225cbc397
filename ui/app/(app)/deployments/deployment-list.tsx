'use client';

import { useTranslations } from 'next-intl';
import type { Deployment, Page } from '@/data/shapes';
import { shortCommit } from '@/look/print';
import { CopyButton } from '@/parts/command';
import { Empty } from '@/parts/empty';
import { Ago, Instant } from '@/parts/instant';
import { ListEnd, usePages } from '@/parts/pages-of';
import { PageHead } from '@/parts/surface';

/** Every applied commit, newest first; the first one is in force. */
export function DeploymentList({
  path,
  first,
  zone,
}: Readonly<{ path: string; first: Page<Deployment>; zone: string }>) {
  const t = useTranslations('deployments');
  const { items, ...end } = usePages<Deployment>(path, first);
  if (items.length === 0) return <Empty title={t('none')} why={t('noneWhy')} commands={['hera plan', 'hera apply']} />;
  return (
    <>
      <PageHead title={t('title')} />
      <div className="border-line border-t md:overflow-x-auto">
        <table className="rows stack">
          <thead>
            <tr>
              <th className="md:pl-6!">{t('commit')}</th>
              <th className="w-full">{t('subject')}</th>
              <th>{t('author')}</th>
              <th>{t('changes')}</th>
              <th>{t('appliedBy')}</th>
              <th className="md:pr-6!">{t('inForce')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((each, i) => (
              <DeploymentRow key={each.id} zone={zone} deployment={each} current={i === 0} />
            ))}
          </tbody>
        </table>
      </div>
      <ListEnd shown={items.length} {...end} />
    </>
  );
}

type RowProps = Readonly<{ deployment: Deployment; current: boolean; zone: string }>;

function DeploymentRow({ deployment, current, zone }: RowProps) {
  const t = useTranslations('deployments');
  return (
    <tr>
      <td className="md:pl-6!">
        <span className="inline-flex items-center gap-1">
          <code className="font-mono">{shortCommit(deployment.commit)}</code>
          <CopyButton text={deployment.commit} />
        </span>
      </td>
      <td className="whole max-md:order-first md:max-w-0 md:truncate" title={deployment.subject}>
        {current && <span className="mr-2 rounded bg-wash px-1.5 py-0.5 font-medium text-sm">{t('now')}</span>}
        {deployment.dirty && (
          <span className="mr-2 rounded border border-control px-1.5 text-muted text-sm">{t('dirty')}</span>
        )}
        {deployment.subject}
      </td>
      <td className="text-muted max-md:text-sm">{deployment.author}</td>
      <td className="max-md:text-sm">
        <Changes {...deployment.changes} />
      </td>
      <td className="text-muted max-md:text-sm">{deployment.appliedBy}</td>
      <td className="max-md:basis-full max-md:text-sm md:pr-6!">
        <Instant at={deployment.inForceAt} jobZone={zone} />{' '}
        <span className="text-muted">
          · <Ago at={deployment.inForceAt} />
        </span>
      </td>
    </tr>
  );
}

/** `+3 ~5 -1`, as the plan prints it, and in words for those who listen. */
function Changes({ added, changed, removed }: Deployment['changes']) {
  const t = useTranslations('deployments');
  const words = t('changesWords', { added, changed, removed });
  return (
    <span className="numbers whitespace-nowrap font-mono text-sm" title={words}>
      <span className="sr-only">{words}</span>
      <span aria-hidden>{`+${added} ~${changed} -${removed}`}</span>
    </span>
  );
}
