import { type CommandLine, type EngineRun, flag, type Places, pairs, placeOf, withTag } from './command-line.js';

/** `spark-submit … <jar or Python file> <args>`, or for SQL `spark-sql … -f <script>`. Applications get the tag by `spark.yarn.tags`. */
export function spark(run: EngineRun, script: string, at: Places): CommandLine {
  const { sql = 'spark-sql', submit = 'spark-submit', jar, main } = run.options;
  const shared = sharedArgs(run, at);
  if (jar !== undefined)
    return { programs: [submit], args: [...shared, ...flag('--class', main), placeOf(jar, at), ...run.args] };
  if (run.scriptName?.endsWith('.py')) return { programs: [submit], args: [...shared, script, ...run.args] };
  return { programs: [sql], args: [...shared, '-f', script] };
}

function sharedArgs({ options, tag }: EngineRun, at: Places): readonly string[] {
  const { master, deployMode, queue, conf, jars = [], pyFiles = [] } = options;
  const list = (files: readonly string[]): string | undefined =>
    files.length === 0 ? undefined : files.map((file) => (file.includes(':') ? file : at(file))).join(',');
  return [
    ...flag('--master', master),
    ...flag('--deploy-mode', deployMode),
    ...flag('--queue', queue),
    ...pairs('--conf', withTag(conf, 'spark.yarn.tags', tag)),
    ...flag('--jars', list(jars)),
    ...flag('--py-files', list(pyFiles)),
  ];
}
