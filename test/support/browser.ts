import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/**
 * A headless Chromium: the one CHROMIUM_PATH names, else Debian's, else the one that comes as an npm package
 * (`@sparticuz/chromium`, made for small Linux hosts). Nothing is downloaded from a browser vendor.
 * Chinese letters need a font with them (`apt-get install fonts-noto-cjk`); without one they are drawn as boxes and every test still holds,
 * since the tests read text and sizes, not pictures.
 */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, args } = await findChromium();
  // In a container one is root, and Chromium refuses its sandbox to root.
  return chromium.launch({
    executablePath,
    args: [...args, '--no-sandbox', '--disable-dev-shm-usage'],
    headless: true,
  });
}

const DEBIAN = '/usr/bin/chromium';

async function findChromium(): Promise<Readonly<{ executablePath: string; args: readonly string[] }>> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') return { executablePath: named, args: [] };
  if (existsSync(DEBIAN)) return { executablePath: DEBIAN, args: [] };
  const { default: packed } = await import('@sparticuz/chromium');
  return { executablePath: await packed.executablePath(), args: packed.args };
}
