import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  insertPlan,
  memberPage,
  memberStates,
  moveMembers,
  type PlannedMember,
} from '../../../runtime/store/member.js';
import { insertOperation } from '../../../runtime/store/operation.js';
import { inTransaction } from '../../../runtime/store/transaction.js';
import { type PlainControl, plainControl } from '../../support/plain-control.js';

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

test('members are read in the order of the plan, and keep what became of each of them within their operation', async () => {
  await hera.apply({
    'hera.project.yaml': 'name: members\nzone: UTC\n',
    'a.yaml': 'schedule: "0 * * * *"\nrun: { shell: "true" }\n',
  });
  const [{ id: job } = { id: '' }] = await hera.database<
    { id: string }[]
  >`select id from job where project = 'members'`;
  const hour = (n: number) => new Date(Date.UTC(2030, 0, 1) + n * 3_600_000);
  const members = Array.from({ length: 12_000 }, (_, n): PlannedMember => {
    return { job, period: hour(11_999 - n), action: 'run', why: `the ${n}th` };
  });
  const [first, second] = await inTransaction(hera.database, async (tx) => {
    const operation = {
      project: 'members',
      kind: 'backfill',
      request: {},
      planHash: 'h',
      askedBy: 'me',
      members: 12_000,
    };
    const ids = [await insertOperation(tx, operation), await insertOperation(tx, operation)] as const;
    for (const id of ids) await insertPlan(tx, id, members);
    return ids;
  });
  const page = await memberPage(hera.database, first, { from: 9_999, limit: 2 });
  expect(page).toEqual([
    { ord: 9_999, job, period: hour(2_000), action: 'run', why: 'the 9999th', state: 'planned', former: null },
    { ord: 10_000, job, period: hour(1_999), action: 'run', why: 'the 10000th', state: 'planned', former: null },
  ]);
  await inTransaction(hera.database, (tx) =>
    moveMembers(tx, first, [...page, { job, period: hour(50_000) }], 'failed'),
  );
  expect(await memberStates(hera.database, first)).toEqual({ failed: 2, planned: 11_998 });
  expect(await memberPage(hera.database, first, { from: 10_000, limit: 9, state: 'failed' })).toHaveLength(1);
  expect(await memberStates(hera.database, second)).toEqual({ planned: 12_000 });
});
