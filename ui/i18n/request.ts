import { cookies, headers } from 'next/headers';
import { getRequestConfig } from 'next-intl/server';
import en from '../messages/en.json';
import zh from '../messages/zh-CN.json';
import { chooseLocale, LOCALE_COOKIE } from './locale';

export default getRequestConfig(async () => {
  const jar = await cookies();
  const locale = chooseLocale(jar.get(LOCALE_COOKIE)?.value, (await headers()).get('accept-language'));
  // Instants are formatted by look/time.ts; this zone is only what the library wants to be told.
  return { locale, messages: locale === 'zh-CN' ? (zh as typeof en) : en, timeZone: 'UTC' };
});
