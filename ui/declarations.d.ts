// Messages are typed by the English file, so a missing key is a type error; styles are imported for their effect only.
import type { Locale } from './i18n/locale';
import type en from './messages/en.json';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: typeof en;
  }
}
