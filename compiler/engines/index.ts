import type { Engine } from '../manifest/manifest.js';
import type { CommandLine, EngineRun, Places } from './command-line.js';
import { hive } from './hive.js';
import { java } from './java.js';
import { python } from './python.js';
import { shell } from './shell.js';
import { spark } from './spark.js';

const ENGINES: Readonly<Record<Engine, (run: EngineRun, script: string, at: Places) => CommandLine>> = {
  ...{ shell, python, java, hive, spark },
};

/** The command line of a run whose script and files lie where `at` says. */
export const commandLine = (run: EngineRun, at: Places): CommandLine =>
  ENGINES[run.engine](run, at(scriptFile(run)), at);

/** The name of a run's script in its work directory. */
export function scriptFile({ engine, scriptName }: Pick<EngineRun, 'engine' | 'scriptName'>): string {
  if (engine === 'shell') return 'script.sh';
  if (engine === 'python' || (engine === 'spark' && scriptName?.endsWith('.py'))) return 'script.py';
  return engine === 'java' ? 'script.txt' : 'script.sql';
}

/** Words of a command line as a person would type them. */
export const typed = (words: readonly string[]): string => words.map(quoted).join(' ');

const quoted = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
