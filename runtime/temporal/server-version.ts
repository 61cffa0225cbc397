import { runToEnd } from '../embedded/run-to-end.js';

export type ServerVersion = Readonly<{ cli: string; server: string }>;

/** The CLI version we download: carries server 1.32.0. */
export const CLI_VERSION = '1.9.1';

/** The oldest server Hera is tested with. */
export const MINIMUM_SERVER = '1.31';

/** What `temporal --version` says, or why it could not be asked. Takes at most 10 s. */
export async function versionOf(path: string): Promise<ServerVersion | Readonly<{ failure: string }>> {
  const { failure, output } = await runToEnd(path, ['--version'], { env: { HOME: '/nonexistent' }, limitMs: 10_000 });
  if (failure) return { failure: `\`temporal --version\` failed: ${failure}${output ? `: ${output.trim()}` : ''}` };
  return parseVersion(output) ?? { failure: `\`temporal --version\` said ${JSON.stringify(output.trim())}` };
}

/** Reads `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`. */
export function parseVersion(text: string): ServerVersion | undefined {
  const found = /version (\d+\.\d+\.\d+\S*) \(Server (\d+\.\d+\.\d+[^,)\s]*)/i.exec(text);
  return found?.[1] && found[2] ? { cli: found[1], server: found[2] } : undefined;
}

/** True for servers from `MINIMUM_SERVER` on. */
export function isInRange({ server }: ServerVersion): boolean {
  const [major = 0, minor = 0] = numbers(server);
  const [leastMajor = 0, leastMinor = 0] = numbers(MINIMUM_SERVER);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

const numbers = (version: string): readonly number[] => version.split('.').map((part) => Number.parseInt(part, 10));
