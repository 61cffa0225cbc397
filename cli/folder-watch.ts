import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** An editor writes a file in several steps, git checks out many: what comes within this time is one change. */
const QUIET_MS = 80;
/** Past so many folders nothing more is watched; the rest is looked at from time to time. */
const MOST_FOLDERS = 8_192;
const LOOK_MS = 3_000;

/** Tells, once for each burst, that something below a folder may have changed. */
export type FolderWatch = Readonly<{
  /** Settled by the next change since it was last asked; at once when there was one in between. */
  changed(): Promise<void>;
  /** Looks for folders that are new or gone. */
  refresh(): Promise<void>;
  close(): void;
}>;

/**
 * Watches `dir` and every folder below it that can hold definitions (no name that begins with a dot, no `node_modules`, no `dist`), each by
 * itself: Node's own recursive watch follows everything, and a large `node_modules` would cost more than the project.
 */
export function watchFolders(dir: string): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let [isChanged, isPartial] = [false, false];
  let tell: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const notice = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isChanged = true;
      tell();
    }, QUIET_MS);
  };
  const look = setInterval(() => {
    if (isPartial) notice();
  }, LOOK_MS);
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const add = (folder: string): void => {
    try {
      const watcher = watch(folder, notice);
      // A folder that is removed ends its watch; the one above has told of it.
      watcher.on('error', () => drop(folder));
      watchers.set(folder, watcher);
    } catch {
      // Gone since it was listed, or the system has no watches left: then it is looked at instead.
      isPartial = true;
    }
  };
  return {
    async changed() {
      while (!isChanged) await new Promise<void>((resolve) => (tell = resolve));
      isChanged = false;
    },
    async refresh() {
      const folders = await foldersBelow(dir);
      isPartial = folders.length > MOST_FOLDERS;
      const wanted = new Set(folders.slice(0, MOST_FOLDERS));
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) drop(folder);
      const fresh = [...wanted].filter((folder) => !watchers.has(folder));
      const isFirst = watchers.size === 0;
      fresh.forEach(add);
      // What was written into a new folder before it was watched has told nobody.
      if (!isFirst && fresh.length > 0) notice();
    },
    close() {
      clearTimeout(timer);
      clearInterval(look);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

async function foldersBelow(dir: string): Promise<readonly string[]> {
  const found = [dir];
  for (const folder of found) {
    if (found.length > MOST_FOLDERS) break;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isDirectory() && !/^\.|^node_modules$|^dist$/.test(entry.name)) found.push(join(folder, entry.name));
  }
  return found;
}
