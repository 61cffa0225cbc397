// What `${needs.<job>.<key>}` stands for: an output that the run of a need has told of itself. Which job is meant is known to the compiler; which
// period it is of, and what it told, only to who renders for a real run.

/** Outputs of one run by key. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * What a need gives: the outputs of the last period that is awaited. `mayLack`: there may be nothing (an optional need, my own first period), and
 * what is not there is then empty. `period`: printed, for messages.
 */
export type GivenOutputs = Readonly<{ period: string | null; outputs: Outputs; mayLack: boolean }>;

/** By the id of the job that is needed. */
export type NeedOutputs = Readonly<Record<string, GivenOutputs>>;

/** The jobs that a job needs, and its own id if it needs its own previous period, which is written `self`. */
export type NeededJobs = Readonly<{ jobs: readonly string[]; self: string | null }>;

const PREFIX = 'needs.';

/** Whether a name in `${…}` is that of an output. */
export const isOutputName = (name: string): boolean => name.startsWith(PREFIX);

type Found = Readonly<{ job: string; key: string }>;
type Fault = Readonly<{ message: string; help: string }>;

/** The job and the key that a name means. A job is written by its id or by the end of it, as long as only one need ends so. */
export function outputMeant(name: string, { jobs, self }: NeededJobs): Found | Fault {
  const dot = name.lastIndexOf('.');
  const [written, key] = [name.slice(PREFIX.length, Math.max(dot, PREFIX.length)), name.slice(dot + 1)];
  if (dot < PREFIX.length || written === '' || !/^[A-Za-z_]\w*$/.test(key))
    return { message: `\`\${${name}}\` names no job and key`, help: 'write `${needs.<job>.<key>}`' };
  if (written === 'self' && self !== null) return { job: self, key };
  const meant = jobs.includes(written) ? [written] : jobs.filter((job) => job.endsWith(`/${written}`));
  if (meant.length === 1) return { job: meant[0] as string, key };
  const names = [...new Set([...jobs, ...(self === null ? [] : ['self'])])].map((job) => `\`\${needs.${job}.${key}}\``);
  if (meant.length > 1)
    return { message: `\`${written}\` may be several needs of this job`, help: `write one of ${meant.join(', ')}` };
  return {
    message: `\`${written}\` is no need of this job, so that it has no outputs here`,
    help:
      names.length === 0 ? `add it to \`needs\`` : `write ${names.slice(0, 5).join(' or ')}, or add it to \`needs\``,
  };
}

/** The value of an output; a fault where its run has told none of that key. */
export function outputOf({ job, key }: Found, given: NeedOutputs): Readonly<{ text: string }> | Fault {
  const of = Object.hasOwn(given, job) ? given[job] : undefined;
  if (of && Object.hasOwn(of.outputs, key)) return { text: of.outputs[key] as string };
  if (of?.mayLack) return { text: '' };
  const which = of?.period ? `\`${job}\` of ${of.period}` : `\`${job}\``;
  return {
    message: `${which} has told no output \`${key}\``,
    help: `its script prints a line \`HERA_OUTPUT ${key}=…\`; run it again`,
  };
}
