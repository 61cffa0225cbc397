import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { page } from '@/data/paths';
import type { JobDetail } from '@/data/shapes';
import { useSpan } from '@/parts/instant';
import { Fact, Facts, Panel, TextLink } from '@/parts/surface';

/** The values the job resolved to; where a folder or the project gave one, its file stands below it. */
export function Definition({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  const span = useSpan();
  const { times, waitMs } = detail.retries;
  const rows: readonly (readonly [string, string, ReactNode])[] = [
    ['schedule', t('schedule'), <Schedule key="s" detail={detail} />],
    ['zone', t('zone'), detail.zone],
    [
      'machineGroup',
      t('machineGroup'),
      <Chip key="g" href={page.jobs({ group: detail.machineGroup })} text={detail.machineGroup} />,
    ],
    [
      'owner',
      t('owner'),
      detail.owner === null ? (
        t('nobody')
      ) : (
        <Chip key="o" href={page.jobs({ owner: detail.owner })} text={detail.owner} />
      ),
    ],
    ['tags', t('tags'), <Tags key="t" tags={detail.tags} />],
    ['retries', t('retries'), times === 0 ? t('noRetries') : t('retriesOf', { times, wait: span(waitMs) })],
    ['timeout', t('timeout'), span(detail.timeoutMs)],
    ['overlap', t('overlap'), t('overlapOf', { value: detail.overlap })],
    ['priority', t('priority'), t('priorityOf', { value: detail.priority })],
  ];
  return (
    <Panel title={t('definition')}>
      <Facts narrow>
        {rows.map(([field, name, value]) => (
          <Fact key={field} name={name} inline>
            {value}
            <From file={detail.provenance[field]} own={detail.file} />
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

function From({ file, own }: Readonly<{ file: string | undefined; own: string }>) {
  const t = useTranslations('job');
  if (file === undefined || file === own) return null;
  return (
    <div className="break-all text-muted text-sm">
      {t('from')} <code className="font-mono">{file}</code>
    </div>
  );
}

function Schedule({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  if (detail.crons.length > 0) {
    return (
      <>
        {detail.crons.map((cron) => (
          <code key={cron} className="block font-mono">
            {cron}
          </code>
        ))}
      </>
    );
  }
  if (detail.base === null) return <>{t('byHand')}</>;
  return (
    <>
      {t('asBase')} <TextLink href={page.job(detail.base, detail.project)}>{detail.base}</TextLink>
    </>
  );
}

const Chip = ({ href, text }: Readonly<{ href: string; text: string }>) => <TextLink href={href}>{text}</TextLink>;

function Tags({ tags }: Readonly<{ tags: readonly string[] }>) {
  const t = useTranslations('job');
  if (tags.length === 0) return <>{t('noTags')}</>;
  return (
    <span className="flex flex-wrap gap-x-3">
      {tags.map((tag) => (
        <Chip key={tag} href={page.jobs({ tag })} text={tag} />
      ))}
    </span>
  );
}

/** Variables and environment as they resolve, and the file that gave each. */
export function Variables({ detail }: Readonly<{ detail: JobDetail }>) {
  const t = useTranslations('job');
  const env = Object.entries(detail.env);
  if (detail.vars.length + env.length === 0) return null;
  return (
    <Panel title={t('variables')}>
      <dl className="flex flex-col gap-2">
        {detail.vars.map((each) => (
          <Variable key={each.name} name={each.name} value={each.value}>
            <From file={each.from} own={detail.file} />
          </Variable>
        ))}
        {env.map(([name, value]) => (
          <Variable key={`env ${name}`} name={name} value={value}>
            <div className="text-muted text-sm">{t('environment')}</div>
          </Variable>
        ))}
      </dl>
    </Panel>
  );
}

function Variable({ name, value, children }: Readonly<{ name: string; value: string; children: ReactNode }>) {
  return (
    <div>
      <dt className="break-all font-mono text-muted text-sm">{name}</dt>
      <dd className="min-w-0">
        <code className="break-all font-mono">{value}</code>
        {children}
      </dd>
    </div>
  );
}
