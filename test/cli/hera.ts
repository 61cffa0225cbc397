// The command line as users have it, built, as a process of its own, with its own home and no connection unless one is given.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command line; `test/support/global-setup.ts` builds it where the sources have changed. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export type Answer = Readonly<{ code: number | null; stdout: string; stderr: string; json<T = unknown>(): T }>;

export type Cli = Readonly<{
  home: string;
  run(
    args: readonly string[],
    options?: Readonly<{ cwd?: string; env?: Readonly<Record<string, string>>; input?: string }>,
  ): Promise<Answer>;
  close(): void;
}>;

export function openCli(): Cli {
  const home = mkdtempSync(join(tmpdir(), 'hera-cli-'));
  return {
    home,
    run: (args, { cwd = home, env = {}, input = '' } = {}) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [MAIN, ...args], {
          cwd,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, HERA_CONFIG_DIR: join(home, 'config'), ...env },
        });
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        child.stdin.end(input);
        child.on('close', (code) => resolve({ code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T }));
      }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}
