'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { fetchOrThrow } from '@/data/browser-api';
import type { Page } from '@/data/shapes';
import { Button } from './surface';

type Pages<T> = Readonly<{
  items: readonly T[];
  more: (() => void) | undefined;
  loading: boolean;
  failed: string | undefined;
}>;

/** A keyset list: the server's first page at once, further ones when asked for; all read again when something changed. */
export function usePages<T>(path: string, first: Page<T>): Pages<T> {
  const query = useInfiniteQuery({
    queryKey: ['pages', path],
    initialData: { pages: [first], pageParams: [null] },
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      fetchOrThrow<Page<T>>(
        pageParam === null
          ? path
          : path + (path.includes('?') ? '&' : '?') + new URLSearchParams({ cursor: pageParam }),
      ),
    getNextPageParam: (last) => last.next,
  });
  return {
    items: query.data.pages.flatMap((each) => each.items),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loading: query.isFetchingNextPage,
    failed: query.error?.message,
  };
}

/** The end of a keyset list: how many are shown, and more if there are. */
export function ListEnd({ shown, more, loading, failed }: Omit<Pages<unknown>, 'items'> & Readonly<{ shown: number }>) {
  const t = useTranslations('list');
  return (
    <div className="flex flex-wrap items-center justify-center gap-3 px-4 py-4 text-muted">
      <span className="numbers">{more ? t('shownMore', { count: shown }) : t('shownAll', { count: shown })}</span>
      {more && (
        <Button onClick={more} disabled={loading}>
          {loading ? t('loading') : t('more')}
        </Button>
      )}
      {failed && <span role="alert">{t('failed', { message: failed })}</span>}
    </div>
  );
}
