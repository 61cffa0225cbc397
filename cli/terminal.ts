import { createInterface } from 'node:readline/promises';
import { plainLine } from '../compiler/check/formats/github.js';
import { jsonText } from '../compiler/check/spelling.js';
import { type Colors, createColors, outgoing } from './colors.js';
import { type Environment, readEnvironment } from './environment.js';
import { createOutputScreen } from './output-screen.js';

export type { Colors } from './colors.js';

/**
 * Where a command speaks: results to standard output, everything else to standard error. Most of what is said are strangers' words; whatever they
 * hold, only letters and our own colours come out (`colors.ts`), and each argument is one line.
 */
export type Terminal = Readonly<{
  env: Environment;
  cwd: string;
  colors: Colors;
  /** Whether results are wanted as JSON: then nothing else goes to standard output. */
  isJson: boolean;
  /** Whether a person can be asked. */
  isInteractive: boolean;
  /** Columns of the terminal that results go to; undefined when they go elsewhere. */
  columns: number | undefined;
  /** Whether results go to a terminal. */
  isScreen: boolean;
  /** Lines of the result for people; silent with --json. */
  print(...lines: readonly string[]): void;
  /** A document of the result, byte for byte: what is in it must be harmless already. */
  write(bytes: Uint8Array): void;
  /** What a job wrote: byte for byte, but on a terminal only what stays within its own lines (`output-screen.ts`). */
  openOutput(): Output;
  /** The one document of --json. */
  json(value: unknown): void;
  /** Talk and progress, in lines. */
  say(...lines: readonly string[]): void;
  confirm(question: string): Promise<boolean>;
}>;

/** The output of one attempt on its way to standard output. */
export type Output = Readonly<{ write(bytes: Uint8Array): void; end(): void }>;

/** What a terminal is made of; the process's own unless given. */
export type Streams = Readonly<{
  stdin: Pick<NodeJS.ReadStream, 'isTTY'>;
  stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;
  stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  env: NodeJS.ProcessEnv;
}>;

export function openTerminal(
  { json = false }: { readonly json?: boolean | undefined },
  { stdin, stdout, stderr, env: variables }: Streams = process,
): Terminal {
  const env = readEnvironment(variables, stdout.isTTY === true);
  const harmless = variables.GITHUB_ACTIONS === 'true' ? (line: string) => plainLine(outgoing(line)) : outgoing;
  const lines = (all: readonly string[]): string => all.map((line) => `${harmless(line)}\n`).join('');
  return {
    env,
    cwd: process.cwd(),
    colors: createColors(env.color && !json),
    isJson: json,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns,
    isScreen: stdout.isTTY === true,
    print: (...all) => void (json || stdout.write(lines(all))),
    write: (bytes) => void stdout.write(bytes),
    openOutput: () => openOutput(stdout),
    json: (value) => void (json && stdout.write(`${jsonText(value)}\n`)),
    say: (...all) => void stderr.write(lines(all)),
    async confirm(question) {
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await reader.question(`${harmless(question)} [y/N] `).finally(() => reader.close());
      return /^y(es)?$/i.test(answer.trim());
    },
  };
}

function openOutput(stdout: Streams['stdout']): Output {
  if (stdout.isTTY !== true) return { write: (bytes) => void stdout.write(bytes), end: () => {} };
  const screen = createOutputScreen();
  return {
    write: (bytes) => void stdout.write(screen.show(bytes)),
    end: () => void stdout.write(screen.end()),
  };
}
