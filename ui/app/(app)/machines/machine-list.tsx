'use client';

import { useTranslations } from 'next-intl';
import { page } from '@/data/paths';
import type { Machine, Page } from '@/data/shapes';
import { Empty } from '@/parts/empty';
import { Ago } from '@/parts/instant';
import { ListEnd, usePages } from '@/parts/pages-of';
import { PageHead, TextLink } from '@/parts/surface';
import { HostFacts } from './host-facts';

/** The workers that ever renewed lately; a silent one stays listed, with the age of what is known of it. */
export function MachineList({ path, first }: Readonly<{ path: string; first: Page<Machine> }>) {
  const t = useTranslations('machines');
  const { items, ...end } = usePages<Machine>(path, first);
  if (items.length === 0)
    return <Empty title={t('none')} why={t('noneWhy')} commands={['hera worker --group default']} />;
  return (
    <>
      <PageHead title={t('title')} />
      <div className="border-line border-t md:overflow-x-auto">
        <table className="rows stack">
          <thead>
            <tr>
              <th className="md:pl-6!">{t('state')}</th>
              <th>{t('host')}</th>
              <th>{t('groups')}</th>
              <th className="end">{t('running')}</th>
              <th className="w-full">{t('facts')}</th>
              <th className="max-2xl:hidden">{t('version')}</th>
              <th className="md:pr-6!">{t('renewed')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((machine) => (
              <MachineRow key={machine.instance} machine={machine} />
            ))}
          </tbody>
        </table>
      </div>
      <ListEnd shown={items.length} {...end} />
    </>
  );
}

function MachineRow({ machine }: Readonly<{ machine: Machine }>) {
  const t = useTranslations('machines');
  return (
    <tr className={machine.alive ? '' : 'text-muted'}>
      <td className="on-bg md:pl-6!">
        <Alive alive={machine.alive} />
      </td>
      <td className="font-medium max-md:flex-1">{machine.host}</td>
      <td>
        <span className="flex flex-wrap gap-x-2">
          {machine.machineGroups.map((group) => (
            <TextLink key={group} href={page.jobs({ group })}>
              {group}
            </TextLink>
          ))}
        </span>
      </td>
      <td className="end numbers" data-label={t('running')}>
        {machine.running}
      </td>
      <td className="whole text-muted">
        <HostFacts facts={machine.facts} />
      </td>
      <td className="text-muted max-2xl:hidden">{machine.version}</td>
      <td className="text-muted max-md:text-sm md:pr-6!">
        <Ago at={machine.renewedAt} />
      </td>
    </tr>
  );
}

function Alive({ alive }: Readonly<{ alive: boolean }>) {
  const t = useTranslations('machines');
  return (
    <span className="inline-flex items-center gap-1.5 text-text">
      <span
        className="size-2.5 rounded-full"
        style={alive ? { background: 'var(--succeeded)' } : { boxShadow: 'inset 0 0 0 2px var(--failed)' }}
      />
      {alive ? t('alive') : t('silent')}
    </span>
  );
}
