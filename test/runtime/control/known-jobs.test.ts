import { afterAll, beforeAll, expect, test } from 'vitest';
import { askRun } from '../../../runtime/control/operations/run.js';
import { firstInForce, lastScheduled, succeededBefore } from '../../../runtime/store/read-plan.js';
import { OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What a plan asks of a real database about deployed jobs.

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

test('a job’s last period is the latest that a schedule made a run for: not one by hand, and not one to come', async () => {
  const job = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
  await hera.apply({ 'hera.project.yaml': 'name: known\nzone: UTC\n', 'a.yaml': job, 'b.yaml': job }, { on: null });
  for (const day of ['01', '02', '03']) await hera.tick(`2030-01-${day}T00:00:00Z`);
  await hera.end('a', '2030-01-01T00:00:00Z', OK);
  await askRun(hera.context, {
    by: 't',
    via: 't',
    project: 'known',
    job: 'a',
    period: new Date('2030-01-04T00:00:00Z'),
  });
  const rows = await hera.database<{ id: string; path: string }[]>`select id, path from job where project = 'known'`;
  const [a, b] = ['a', 'b'].map((path) => rows.find((row) => row.path === path)!.id);
  const at = (day: number): number => Date.parse(`2030-01-0${day}T00:00:00Z`);
  const last = await lastScheduled(hera.database, [a!, b!], new Date('2030-01-09T00:00:00Z'));
  expect(last.get(a!)).toEqual({ period: at(3), isWaiting: true });
  expect((await lastScheduled(hera.database, [a!], new Date('2030-01-01T12:00:00Z'))).get(a!)).toEqual({
    period: at(1),
    isWaiting: false,
  });
  expect((await lastScheduled(hera.database, [a!], new Date('2029-12-31T12:00:00Z'))).size).toBe(0);
  const first = await firstInForce(hera.database, 'known');
  expect([...first.keys()].sort()).toEqual([a, b].sort());
  expect(Math.abs(first.get(a!)! - Date.now())).toBeLessThan(600_000);
  const made = await succeededBefore(
    hera.database,
    'known',
    new Map([
      [a!, at(2)],
      [b!, at(2)],
    ]),
  );
  expect([...made]).toEqual([`${a}@${at(1)}`]);
});
