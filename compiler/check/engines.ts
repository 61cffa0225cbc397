import type { Draft, DraftJob, DraftProject } from '../manifest/draft.js';
import { nearestValue } from '../manifest/draft.js';
import { isPython } from '../manifest/engine-options.js';
import { readOnce } from '../manifest/made-once.js';
import type { MachineGroupSpec } from '../source/language.js';
import { isAddress } from '../source/language.js';
import type { At, Report } from './diagnostic.js';

// What an engine cannot do with what it is told: such a run would fail each time, before or in its first second.

/** Every job's engine is told what makes a command line, by the job or by its machine group. */
export function checkEngines({ project, byId }: Draft, report: Report): void {
  for (const job of byId.values()) onceOf(job, [project], report, (inner) => checkEngine(project, job, inner));
}

const onceOf = readOnce<DraftJob, void>();

function checkEngine(project: DraftProject, job: DraftJob, report: Report): void {
  const run = job.spec.run;
  if (!run) return;
  const group = nearestValue(job, 'machineGroup')?.value ?? 'default';
  const settings = project.spec.machineGroups?.[group] ?? {};
  if (run.engine === 'hive') checkHive(job, group, settings, report);
  if (run.engine === 'spark') checkSpark(job, report);
  if (run.engine === 'java') checkJava(job, report);
}

/** Beeline has an address; `hive -f` takes no arguments. */
function checkHive(job: DraftJob, group: string, { hive }: MachineGroupSpec, report: Report): void {
  const { options, args, path } = job.spec.run!;
  const at: At = { file: job.file, path };
  if (hive?.client === 'beeline' && hive.url === undefined && options.url === undefined)
    report({
      code: 'HERA4017',
      message: `\`${job.id}\` reaches Hive by beeline, and nobody says at which address`,
      at: { ...at, on: 'key' },
      help: `give the job \`url\`, or \`machineGroups.${group}.hive.url\` in the project`,
    });
  if (hive?.client === 'hive' && options.url !== undefined)
    report({
      code: 'HERA4017',
      message: `\`${job.id}\` has a \`url\`, which \`hive -f\` of the machine group \`${group}\` does not take`,
      at: { file: job.file, path: [...path, 'url'] },
      help: 'remove it, or let the group have `client: beeline`',
    });
  if (args.length > 0) report(noArguments(job, 'SQL for Hive', '`hivevars`'));
}

/** SQL takes no arguments and stays with its client; a jar says which class it runs. */
function checkSpark(job: DraftJob, report: Report): void {
  const { source, options, args, path } = job.spec.run!;
  if (!source || source.kind === 'jar') {
    if (source && options.main === undefined && isAddress(source.text))
      report({
        code: 'HERA4017',
        message: `\`${job.id}\` does not say which class of \`${source.text}\` it runs`,
        at: { file: job.file, path: source.path },
        help: 'name it in `main`: Spark reads no manifest of a jar that it has to fetch',
      });
    return;
  }
  if (isPython(source)) return;
  if (args.length > 0) report(noArguments(job, 'SQL for Spark', '`vars`'));
  if (options.deployMode === 'cluster')
    report({
      code: 'HERA4017',
      message: `\`${job.id}\` is SQL, which Spark runs in \`client\` mode only`,
      at: { file: job.file, path: [...path, 'deployMode'] },
      help: 'write `deployMode: client`, or submit a Python file or a jar',
    });
}

/** `java -jar` has the class path of its jar alone. */
function checkJava(job: DraftJob, report: Report): void {
  const { options, path } = job.spec.run!;
  if (options.jar === undefined || options.main !== undefined || options.classpath === undefined) return;
  report({
    code: 'HERA4017',
    message: `\`${job.id}\` has a class path, which \`java -jar\` does not look at`,
    at: { file: job.file, path: [...path, 'classpath'] },
    help: 'name the class in `main`, or remove it',
  });
}

const noArguments = (job: DraftJob, what: string, instead: string) => ({
  code: 'HERA4017' as const,
  message: `${what} takes no arguments, and \`${job.id}\` has some`,
  at: { file: job.file, path: [...job.spec.run!.path, 'args'] },
  help: `give values by ${instead}`,
});
