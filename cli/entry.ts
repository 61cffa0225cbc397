import { fileURLToPath } from 'node:url';

/** How a process of ours starts another `hera`: the built file, or, from the sources, the same file through tsx. */
export function heraCommand(args: readonly string[]): Readonly<{ command: string; args: readonly string[] }> {
  const isSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(isSource ? './main.ts' : './main.js', import.meta.url));
  const loader = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  return { command: process.execPath, args: [...loader, '--enable-source-maps', main, ...args] };
}
