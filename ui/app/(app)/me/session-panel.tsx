'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { sendApi } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Session } from '@/data/shapes';
import { Ago } from '@/parts/instant';
import { Button, Panel } from '@/parts/surface';

export function SessionPanel({ sessions }: Readonly<{ sessions: readonly Session[] }>) {
  const t = useTranslations('you');
  const router = useRouter();
  const end = async (path: string) => {
    await sendApi('DELETE', path);
    router.refresh();
  };
  return (
    <Panel title={t('sessions')} flush aside={<Button onClick={() => void end(api.sessions)}>{t('endAll')}</Button>}>
      <table className="rows stack">
        <thead>
          <tr>
            <th>{t('way')}</th>
            <th>{t('from')}</th>
            <th className="w-full">{t('agent')}</th>
            <th>{t('seen')}</th>
            <th>{t('end')}</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((one) => (
            <tr key={one.id}>
              <td>{t(`ways.${one.way}`)}</td>
              <td className="numbers">{one.address}</td>
              <td className="wrap-anywhere whitespace-normal! py-1.5! text-muted">{one.agent}</td>
              <td>
                <Ago at={one.lastSeenAt} />
              </td>
              <td>
                {one.isThis ? t('this') : <Button onClick={() => void end(api.sessionOf(one.id))}>{t('end')}</Button>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
