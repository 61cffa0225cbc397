import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';

let [dir, running]: [string, ChildProcessByStdio<null, Readable, Readable> | undefined] = ['', undefined];
const write = (path: string, text: string): void => writeFileSync(join(dir, path), text);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hera-watch-'));
  write('hera.project.yaml', 'name: shop\nzone: UTC\n');
  write('a.yaml', 'run: { shell: "true" }\n');
});
afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'close');
  }
  rmSync(dir, { recursive: true, force: true });
});

/** `hera validate --watch` and its lines as they come. */
function watching(...args: readonly string[]) {
  const hera = join(import.meta.dirname, '../../bin/hera');
  running = spawn(process.execPath, [hera, 'validate', '--watch', ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  const child = running;
  return {
    line: async (): Promise<string> => (await lines.next()).value as string,
    end: async () => {
      child.kill('SIGINT');
      const [code] = await once(child, 'close');
      return code as number;
    },
  };
}

test('a save is checked again, and only what changed is told', async () => {
  const hera = watching();
  expect(await hera.line()).toMatch(/^ok: 1 job, \d+ ms$/);
  write('a.yaml', 'run: { shell: "true" }\nbad: 1\n');
  expect(await hera.line()).toContain('error[HERA1001]');
  let line = '';
  while (!line.startsWith('not ok')) line = await hera.line();
  expect(line).toMatch(/^not ok \(1 new\), \d+ ms$/);
  write('b.yaml', 'run: { shell: "true" }\n');
  expect(await hera.line()).toMatch(/^not ok \(1 as before\)/);
  write('a.yaml', 'run: { shell: "true" }\n');
  expect(await hera.line()).toMatch(/^ok: 2 jobs \(1 gone\)/);
  expect(await hera.end()).toBe(0);
});

test('--json gives one object a round, new folders are seen, and Ctrl-C answers with the last round', async () => {
  const hera = watching('--json');
  const round = async () => JSON.parse(await hera.line()) as { ok: boolean; diagnostics: { file: string }[] };
  expect(await round()).toMatchObject({ ok: true, diagnostics: [] });
  mkdirSync(join(dir, 'dw/deep'), { recursive: true });
  write('dw/deep/c.yaml', 'nope: 1\n');
  let last = await round();
  while (last.ok) last = await round();
  expect(last.diagnostics.map(({ file }) => file)).toContain('dw/deep/c.yaml');
  expect(await hera.end()).toBe(1);
});
