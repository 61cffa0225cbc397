import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/**
 * A headless Chromium: the one CHROMIUM_PATH names, else Debian's, else the one that comes as an npm package
 * (`@sparticuz/chromium`, made for small Linux hosts). Nothing is downloaded from a browser vendor.
 * Chinese letters need a font with them (`apt-get install fonts-noto-cjk`); without one they are drawn as boxes and every test still holds,
 * since the tests read text and sizes, not pictures.
 */
export async function launchBrowser(): Promise<Browser> {
  // In a container one is root, and Chromium refuses its sandbox to root.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'];
  return chromium.launch({ executablePath: await findChromium(), args, headless: true });
}

const DEBIAN = '/usr/bin/chromium';

async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') return named;
  if (existsSync(DEBIAN)) return DEBIAN;
  const { default: packed } = await import('@sparticuz/chromium');
  return packed.executablePath();
}
