import type { RunSpecification } from '../source/language/run.js';
import type { MachineGroupSpec } from '../source/language.js';
import type { EngineOptions, RunSpec, Yarn } from './manifest.js';

// What an engine is told: the fields of the job's run, and behind them what its machine group says of the engine.

/** Fields of the language that name files of the repository, where they are no address. */
export const FILE_FIELDS = ['requirements', 'jar', 'init', 'classpath', 'jars', 'pyFiles'] as const;

/** `hdfs:…`, `local:/opt/x.jar`, `file:/opt/lib/*`: what is not of the repository says where it is. */
export const isElsewhere = (written: string): boolean => /^[a-z][a-z0-9+.-]+:\/?\S/.test(written);

/** A Python file for Spark; any other file is SQL. */
export const isPython = (source: RunSpecification['source']): boolean =>
  source?.kind === 'file' && source.text.endsWith('.py');

/** `named`: the name beside the script of a file of the repository, by how it is written. */
export function engineOptions(
  run: RunSpecification,
  group: MachineGroupSpec,
  named: ReadonlyMap<string, string>,
): Pick<RunSpec, 'options' | 'yarn'> {
  const own = withNames(run.options as EngineOptions, named);
  const ofHosts = ofGroup(run, own, group);
  const conf = { ...ofHosts.conf, ...own.conf };
  const merged: EngineOptions = { ...ofHosts, ...own, ...(Object.keys(conf).length > 0 && { conf }) };
  return {
    ...(Object.keys(merged).length > 0 && { options: merged }),
    ...(group.yarn?.resourceManager !== undefined && { yarn: group.yarn as Yarn }),
  };
}

function withNames(options: EngineOptions, named: ReadonlyMap<string, string>): EngineOptions {
  const nameOf = (written: string): string => named.get(written) ?? written;
  const entries = Object.entries(options).map(([field, value]) => {
    if (!(FILE_FIELDS as readonly string[]).includes(field)) return [field, value];
    return [field, typeof value === 'string' ? nameOf(value) : (value as readonly string[]).map(nameOf)];
  });
  return Object.fromEntries(entries);
}

function ofGroup({ engine, source }: RunSpecification, own: EngineOptions, group: MachineGroupSpec): EngineOptions {
  switch (engine) {
    case 'python':
      return own.venv === undefined ? { ...group.python } : {};
    case 'java':
      return { ...group.java };
    case 'hive': {
      const url = own.url ?? group.hive?.url;
      return { client: url === undefined ? 'hive' : 'beeline', ...group.hive };
    }
    case 'spark': {
      const { deployMode, ...spark } = group.spark ?? {};
      // SQL stays with its client wherever other jobs go.
      return source?.kind === 'jar' || isPython(source) ? { ...spark, ...(deployMode && { deployMode }) } : spark;
    }
    default:
      return {};
  }
}
