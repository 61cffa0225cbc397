import { exitMeaning, falseZero } from '../../compiler/engines/verdict.js';
import type { Ending } from '../../workflows/contract.js';
import type { AttemptSpec } from '../api/worker/contract.js';
import { tailOf } from './outputs.js';
import type { Yarn } from './resource-manager.js';

// What is added to the ending of an engine's process: what its exit code means, and the applications that it started.

type OfProcess = Extract<Ending, { kind: 'exited' | 'killed' }>;

/** Whether applications are looked for in the output: those of Hive and Spark name them, and whatever runs where there is a YARN may. */
export const namesApplications = ({ engine, yarn }: AttemptSpec): boolean =>
  yarn !== undefined || engine === 'hive' || engine === 'spark';

/** The ending with why its 0 is no success, or with what its exit code means. */
export async function withVerdict(
  { engine, options = {} }: AttemptSpec,
  ending: OfProcess,
  output: string,
  length: number,
): Promise<OfProcess> {
  if (ending.kind !== 'exited') return ending;
  const client = { engine, options };
  if (ending.code !== 0) {
    const note = exitMeaning(client, ending.code);
    return note === undefined ? ending : { ...ending, note };
  }
  if (engine !== 'hive') return ending;
  const denied = falseZero(client, await tailOf(output, length));
  return denied === undefined ? ending : { ...ending, denied };
}

/** The ending with its applications; `left`: what of them could not be ended. */
export function withApplications(
  ending: OfProcess,
  ids: readonly string[],
  yarn: Yarn | undefined,
  left: string | undefined,
): OfProcess {
  const note = [ending.note, left].filter((part) => part !== undefined).join('; ');
  return {
    ...ending,
    ...(ids.length > 0 && { applications: ids.map((id) => ({ id, link: linkOf(id, yarn) })) }),
    ...(note !== '' && { note: note.slice(0, 1000) }),
  };
}

/** The page of an application or of a MapReduce job, by the template of the machine group, else that of the ResourceManager. */
function linkOf(id: string, yarn: Yarn | undefined): string | null {
  if (yarn === undefined) return null;
  const application = id.replace(/^job_/, 'application_');
  const template = id === application ? yarn.application : yarn.job;
  if (template !== undefined) return template.replaceAll('{id}', id);
  const page = yarn.application ?? `${yarn.resourceManager.replace(/\/+$/, '')}/cluster/app/{id}`;
  return page.replaceAll('{id}', application);
}
