import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './git.js';

/**
 * Works in a bare repository of its own that only borrows the objects of others (`objects`: absolute object directories, also one that
 * git still holds in quarantine). Refs made there disappear with it, and none of the lenders changes.
 */
export async function borrowing<T>(objects: readonly string[], work: (repo: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hera-borrow-'));
  try {
    await git(['init', '--quiet', '--bare', '--template=', folder], { cwd: folder });
    await mkdir(join(folder, 'objects', 'info'), { recursive: true });
    await writeFile(join(folder, 'objects', 'info', 'alternates'), objects.map((path) => `${path}\n`).join(''));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
