import { AsyncLocalStorage } from 'node:async_hooks';

// From where the write that is under way was asked. It goes along by itself from the door of the API to the line of the audit, so that no
// decision in between has to hand it on, and none can forget to.

const origins = new AsyncLocalStorage<string | null>();

/** Does something for a request that came from `address`; null: nobody knows from where. */
export const askedFrom = <T>(address: string | null, work: () => Promise<T>): Promise<T> => origins.run(address, work);

/** The address of the request that is under way; null for what Hera does by itself. */
export const originAddress = (): string | null => origins.getStore() ?? null;
