/** The languages of the pages; both are sources, neither is a translation of the other. */
export const LOCALES = ['zh-CN', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

/** Holds the visitor's choice; no language stands in a path, so that a shared link opens in the reader's own. */
export const LOCALE_COOKIE = 'hera-locale';

const isLocale = (text: string | undefined): text is Locale => LOCALES.includes(text as Locale);

/** The language to speak: the cookie's choice, else the first the browser asks for that we have, else English. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(cookie)) return cookie;
  for (const part of (acceptLanguage ?? '').split(',')) {
    const tag = part.split(';')[0]!.trim().toLowerCase();
    if (tag.startsWith('zh')) return 'zh-CN';
    if (tag.startsWith('en')) return 'en';
  }
  return 'en';
}
