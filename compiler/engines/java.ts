import { type CommandLine, type EngineRun, type Places, placeOf } from './command-line.js';

/** `java <options> -jar <jar> <args>`, or `-cp <jar and class path> <class> <args>`. */
export function java({ args, options }: EngineRun, _script: string, at: Places): CommandLine {
  const { program = 'java', jvmOptions = [], jar, main, classpath = [] } = options;
  const path = [...(jar === undefined ? [] : [jar]), ...classpath].map((one) => placeOf(one, at)).join(':');
  const what = main === undefined ? ['-jar', path] : [...(path === '' ? [] : ['-cp', path]), main];
  return { programs: [program], args: [...jvmOptions, ...what, ...args] };
}
