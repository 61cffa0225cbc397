import { notFound } from '../../../errors.js';
import type { Database } from '../../../store/database.js';
import { deploymentInForce } from '../../../store/deployment.js';
import { type MemberRow, memberPage } from '../../../store/member.js';
import { type OperationRow, readOperation } from '../../../store/operation.js';
import { type Standing, standingsOf } from '../../../store/period-standing.js';
import type { ControlContext } from '../../context.js';
import type { Deployed } from '../../deployed.js';
import type { Place } from './affected.js';
import { MOST_MEMBERS } from './cascade-plan.js';
import type { Planned } from './describe.js';

// A cascade that was asked, as its rows have it, beside how its periods stand now.

/** A cascade and the deployment in force. Throws `not-found`. */
export async function readCascade(
  { database, deployed }: ControlContext,
  id: string,
): Promise<Readonly<{ operation: OperationRow; deployed: Deployed }>> {
  const operation = await readOperation(database, id);
  if (operation?.kind !== 'cascade')
    throw notFound(`there is no cascade ${id}`, { help: 'see them all: hera cascades' });
  const force = await deploymentInForce(database, operation.project);
  return { operation, deployed: await deployed.read(database, operation.project, force!.id) };
}

/** A member, as it would be told in a plan. */
export type Seen = Omit<Planned, 'action' | 'why' | 'runs'> & Readonly<{ member: MemberRow }>;

/** Members that have not ended within the cascade, in the order of its plan; those whose job is gone are not among them. */
export async function openMembers(
  database: Database,
  deployed: Deployed,
  operation: OperationRow,
): Promise<readonly Seen[]> {
  const all = await membersSeen(database, deployed, operation);
  return all.filter(
    ({ member, stands }) => member.state === 'planned' || (member.state === 'made' && isOwedTo(operation, stands)),
  );
}

/** All members, in the order of the plan. */
export async function membersSeen(
  database: Database,
  deployed: Deployed,
  { id, project }: OperationRow,
): Promise<readonly Seen[]> {
  const members = (await memberPage(database, id, { from: 0, limit: MOST_MEMBERS })).filter(({ job }) =>
    deployed.byNumber.has(job),
  );
  const stands = await standingsOf(
    database,
    members.map(({ job, period }) => ({ project, job, period })),
  );
  return members.map((member, i) => ({ ...placeOf(deployed, member), after: [], member, stands: stands[i]! }));
}

const placeOf = (deployed: Deployed, { job, period }: MemberRow): Place => ({
  job: deployed.byNumber.get(job)!.path,
  period: period.getTime(),
});

const isOwedTo = ({ id }: OperationRow, { operation, owed }: Standing): boolean =>
  operation === id && owed === 'cascade';
