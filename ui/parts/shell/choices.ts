const YEAR_SECONDS = 31_536_000;

/** Keeps a visitor's choice in a cookie the server reads on the next page, so that pages come out right at once. */
export function keepChoice(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and outside secure contexts
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

export const SIDE_COOKIE = 'hera-side';
export const PROJECT_COOKIE = 'hera-project';
