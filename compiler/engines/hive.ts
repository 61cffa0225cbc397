import { type CommandLine, type EngineRun, flag, type Places, pairs, placeOf, withTag } from './command-line.js';

/**
 * `beeline -u <url> -f <script>`, or `hive -f <script>`, with settings (`--hiveconf`), variables (`--hivevar`) and files that are run first
 * (`-i`). MapReduce jobs get the tag by `mapreduce.job.tags`.
 */
export function hive({ options, tag }: EngineRun, script: string, at: Places): CommandLine {
  const { client = 'hive', program = client, url, user, conf, hivevars, init = [] } = options;
  const server = client === 'beeline' ? [...flag('-u', url), ...flag('-n', user)] : [];
  return {
    programs: [program],
    args: [
      ...server,
      ...pairs('--hiveconf', withTag(conf, 'mapreduce.job.tags', tag)),
      ...pairs('--hivevar', hivevars),
      ...init.flatMap((file) => ['-i', placeOf(file, at)]),
      ...['-f', script],
    ],
  };
}
