import { createInterface } from 'node:readline/promises';
import pc from 'picocolors';
import { type Environment, readEnvironment } from './environment.js';

export type Colors = ReturnType<typeof pc.createColors>;

/** Where a command speaks: results to standard output, everything else to standard error. */
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
  /** A line of the result for people; silent with --json. */
  print(line: string): void;
  /** Bytes of the result as they are. */
  write(bytes: Uint8Array): void;
  /** The one document of --json. */
  json(value: unknown): void;
  /** Talk and progress. */
  say(line: string): void;
  confirm(question: string): Promise<boolean>;
}>;

export function openTerminal({ json = false }: { readonly json?: boolean | undefined }): Terminal {
  const env = readEnvironment(process.env, process.stdout.isTTY === true);
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    env,
    cwd: process.cwd(),
    colors: pc.createColors(env.color && !json),
    isJson: json,
    isInteractive,
    columns: process.stdout.columns,
    print: (line) => void (json || process.stdout.write(`${line}\n`)),
    write: (bytes) => void process.stdout.write(bytes),
    json: (value) => void (json && process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
    say: (line) => void process.stderr.write(`${line}\n`),
    async confirm(question) {
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await reader.question(`${question} [y/N] `).finally(() => reader.close());
      return /^y(es)?$/i.test(answer.trim());
    },
  };
}
