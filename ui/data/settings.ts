/** Where the API is when the pages run outside the server's process; inside it `globalThis.heraApi` is used instead. */
export const internalUrl = (): string => process.env.HERA_INTERNAL_URL ?? 'http://127.0.0.1:7080';
