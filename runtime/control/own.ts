import { nearest } from '../../compiler/index.js';
import {
  definitionHash,
  type Job,
  nameFaults,
  type Own,
  paramFaults,
  withOwn,
  withoutSecretVars,
} from '../../compiler/manifest/index.js';
import { invalid } from '../errors.js';
import type { Database, Transaction } from '../store/database.js';
import { insertDefinitions, readDefinition } from '../store/deployment.js';
import { readBlob } from '../store/log.js';
import type { Candidate } from '../store/run.js';

// Variables for one run only, and another machine group: a definition of its own, to which the turn is pinned, so that its start, its freezes, its
// worker and its preview know nothing else.

/** A run by hand that is given nothing. */
export const NOTHING: Own = { vars: {}, machineGroup: null };

export const isNothing = ({ vars, machineGroup }: Own): boolean =>
  machineGroup === null && Object.keys(vars).length === 0;

/** The same for the audit: who may read that may not read secrets. */
export const toldOf = (own: Own): object =>
  isNothing(own) ? {} : { own: { ...own, vars: withoutSecretVars(own.vars) } };

/** Throws `invalid` for what a run of `job` may not be given, and for a parameter that it lacks. */
export async function refuseOwn(database: Database, job: Job, own: Own, groups: readonly string[]): Promise<void> {
  const { machineGroup } = own;
  if (machineGroup !== null && !groups.includes(machineGroup)) {
    const guess = nearest(machineGroup, groups);
    throw invalid(`there is no machine group ${machineGroup} in this project`, {
      help: guess === undefined ? `there are: ${groups.join(', ')}` : `did you mean ${guess}?`,
    });
  }
  const script = Object.keys(own.vars).length === 0 ? undefined : await readBlob(database, job.run.script.sha256);
  const [fault] = [...paramFaults(job, own), ...nameFaults(job, own, script?.toString('utf8') ?? '')];
  if (fault) throw invalid(fault.message, { help: fault.help });
}

/** Stores the definition that `job` has with something of its own; answers its hash. Again it is the same. */
export async function pinOwn(tx: Transaction, job: Job, own: Own): Promise<string> {
  const body = withOwn(job, own);
  const hash = definitionHash(body);
  await insertDefinitions(tx, [{ hash, body }]);
  return hash;
}

/** By number, what runs are pinned to that have something of their own. */
export async function ownPins(tx: Transaction, candidates: readonly Candidate[]): Promise<ReadonlyMap<string, string>> {
  const pins = new Map<string, string>();
  for (const { id, own, inForce } of candidates) {
    const job = own === null || inForce === null ? undefined : await readDefinition(tx, inForce);
    if (job !== undefined && own !== null) pins.set(id, await pinOwn(tx, job, own));
  }
  return pins;
}
