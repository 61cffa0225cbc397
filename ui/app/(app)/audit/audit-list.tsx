'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { address } from '@/data/paths';
import type { AuditLine, Page } from '@/data/shapes';
import { Empty } from '@/parts/empty';
import { Field, valuesOf } from '@/parts/field';
import { Instant } from '@/parts/instant';
import { ListEnd, usePages } from '@/parts/pages-of';
import { Button, PageHead } from '@/parts/surface';

type AuditListProps = Readonly<{ path: string; first: Page<AuditLine>; who: string; what: string }>;

/** Every write: who, from where, what, and what was before and after. */
export function AuditList({ path, first, who, what }: AuditListProps) {
  const t = useTranslations('audit');
  const router = useRouter();
  const { items, ...end } = usePages<AuditLine>(path, first);
  return (
    <>
      <PageHead title={t('title')} />
      <form
        className="flex flex-wrap items-end gap-3 px-4 pb-4 md:px-6"
        onSubmit={(event) => {
          event.preventDefault();
          router.push(address('/audit', valuesOf(event.currentTarget)));
        }}
      >
        <Field id="who" name="who" label={t('filterWho')} defaultValue={who} />
        <Field id="what" name="what" label={t('filterWhat')} defaultValue={what} />
        <Button type="submit">{t('filter')}</Button>
      </form>
      {items.length === 0 ? (
        <Empty within title={t('none')} why={t('noneWhy')} />
      ) : (
        <div className="border-line border-t md:overflow-x-auto">
          <table className="rows stack">
            <thead>
              <tr>
                <th className="md:pl-6!">{t('at')}</th>
                <th>{t('who')}</th>
                <th>{t('from')}</th>
                <th>{t('what')}</th>
                <th>{t('subject')}</th>
                <th className="w-full md:pr-6!">{t('change')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((line) => (
                <AuditRow key={line.id} line={line} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ListEnd shown={items.length} {...end} />
    </>
  );
}

function AuditRow({ line }: Readonly<{ line: AuditLine }>) {
  return (
    <tr>
      <td className="md:pl-6!">
        <Instant at={line.at} jobZone="UTC" />
      </td>
      <td>{line.who}</td>
      <td className="text-muted">
        {line.via}
        {line.address !== null && <span className="numbers"> {line.address}</span>}
      </td>
      <td>
        <code className="font-mono">{line.what}</code>
      </td>
      <td className="md:max-w-40 md:truncate" title={line.subject ?? undefined}>
        {line.subject}
      </td>
      <td className="wrap-anywhere whitespace-normal! py-1.5! md:min-w-60 md:pr-6!">
        <Body body={line.body} />
      </td>
    </tr>
  );
}

/** What was before is struck, what is after stands; what else belongs to it follows. */
function Body({ body: { before, after, ...rest } }: Readonly<{ body: AuditLine['body'] }>) {
  const other = Object.entries(rest).map(([name, value]) => `${name}: ${textOf(value)}`);
  return (
    <span className="font-mono text-sm">
      {before !== undefined && before !== null && <del className="text-muted">{textOf(before)}</del>}{' '}
      {after !== undefined && after !== null && <ins className="no-underline">{textOf(after)}</ins>}
      {other.length > 0 && <span className="block text-muted">{other.join(' · ')}</span>}
    </span>
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
