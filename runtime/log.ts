import { pino } from 'pino';

/** What the processes of Hera say about themselves: a sentence and facts. Never a secret, never a job's output. */
export type Log = Readonly<{
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}>;

export type LogLevel = 'info' | 'warn' | 'error' | 'silent';

/** Lines of JSON, to a file or to standard error (standard output belongs to results). */
export function openLog(options: Readonly<{ name: string; level: LogLevel; file?: string }>): Log {
  const target =
    options.file === undefined
      ? pino.destination(2)
      : pino.destination({ dest: options.file, mkdir: true, sync: false });
  const logger = pino({ name: options.name, level: options.level, base: { name: options.name } }, target);
  return {
    info: (message, facts) => logger.info(facts ?? {}, message),
    warn: (message, facts) => logger.warn(facts ?? {}, message),
    error: (message, facts) => logger.error(facts ?? {}, message),
  };
}
