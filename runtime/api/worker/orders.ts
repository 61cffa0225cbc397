import { type KillOrder, ordersFor } from '../../store/attempt.js';
import type { Database } from '../../store/database.js';

/** Answers questions for kill orders as soon as there are some. */
export type OrderBoard = Readonly<{
  /** Orders for `instance` that are not in `known` (`run:n`); none after `atMostMs` or when `signal` aborts. */
  await(
    instance: string,
    known: ReadonlySet<string>,
    atMostMs: number,
    signal: AbortSignal,
  ): Promise<readonly KillOrder[]>;
}>;

type Waiter = Readonly<{ instance: string; known: ReadonlySet<string>; answer(orders: readonly KillOrder[]): void }>;

// One query answers for all who wait; two cancels in this time share it.
const GATHER_MS = 20;

/**
 * One listener for all waiting workers of this process: a cancel wakes it, it looks once for all of them.
 * A notification that is missed costs a worker at most the time until its next renewal, which answers the same orders.
 */
export function createOrderBoard(database: Database): OrderBoard {
  const waiters = new Set<Waiter>();
  let listening: Promise<unknown> | undefined;
  let looking: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (looking) return;
    looking = setTimeout(() => {
      looking = undefined;
      void answerAll(database, waiters).catch(() => {});
    }, GATHER_MS);
  };
  return {
    async await(instance, known, atMostMs, signal) {
      listening ??= database.listen('hera_orders', look, look).catch(() => {
        listening = undefined;
      });
      await listening;
      return new Promise((resolve) => {
        const answer = (orders: readonly KillOrder[]): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', none);
          waiters.delete(waiter);
          resolve(orders);
        };
        const none = (): void => answer([]);
        const timer = setTimeout(none, atMostMs).unref();
        const waiter: Waiter = { instance, known, answer };
        signal.addEventListener('abort', none);
        waiters.add(waiter);
        // What was ordered before it asked is there already.
        look();
      });
    },
  };
}

async function answerAll(database: Database, waiters: ReadonlySet<Waiter>): Promise<void> {
  if (waiters.size === 0) return;
  const asking = [...waiters];
  const orders = await ordersFor(database, [...new Set(asking.map((waiter) => waiter.instance))]);
  for (const waiter of asking) {
    const mine = orders.filter(
      (order) => order.instance === waiter.instance && !waiter.known.has(`${order.run}:${order.n}`),
    );
    if (mine.length > 0) waiter.answer(mine.map(({ run, n, workflow, why }) => ({ run, n, workflow, why })));
  }
}
