import { rmSync, writeFileSync } from 'node:fs';

const BALLAST_BYTES = 4 * 1024 * 1024;

/** A file that is worth nothing but its room: removed when the disk is full, so that what must be written can be. */
export class Ballast {
  private isThere = false;

  constructor(private readonly path: string) {
    this.take();
  }

  /** Writes; again without the ballast when the disk is full. Throws what the second time throws. */
  drop(write: () => void): void {
    try {
      write();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC' || !this.isThere) throw error;
      rmSync(this.path, { force: true });
      this.isThere = false;
      write();
    }
    if (!this.isThere) this.take();
  }

  private take(): void {
    try {
      // Random enough for a file system that packs: bytes that cannot be left out.
      writeFileSync(this.path, Buffer.alloc(BALLAST_BYTES, 0x5a), { mode: 0o600 });
      this.isThere = true;
    } catch {
      rmSync(this.path, { force: true });
    }
  }
}
