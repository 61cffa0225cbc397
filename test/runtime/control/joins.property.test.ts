import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployedCache } from '../../../runtime/control/deployed.js';
import { lookAtJoins } from '../../../runtime/control/joins.js';
import { open } from '../../../runtime/control/open.js';
import { reevaluate } from '../../../runtime/control/reevaluate.js';
import { settle } from '../../../runtime/control/settle.js';
import { tickPage } from '../../../runtime/control/tick.js';
import { openSession } from '../../../runtime/store/database.js';
import { MANY_NEEDS } from '../../../runtime/store/need-settled.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// A run that awaits more than its upstreams' settles look through: they come from many hands at once, while its own tick makes it, a
// deployment evaluates it anew and two processes look at it. Whatever the order, it is let go by the last of them, once, or says what it lacks.

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const RUN = 'run: { shell: "true" }\n';
const UP_AT = '2030-01-01T00:00:00Z';
const JOIN_AT = '2030-01-01T01:00:00Z';
const name = (i: number): string => `j/n${String(i).padStart(2, '0')}`;

const filesOf = (project: string, size: number, edition: number): Readonly<Record<string, string>> => {
  const ups = Array.from({ length: size }, (_, i) => name(i));
  return {
    'hera.project.yaml': `name: ${project}\nzone: UTC\n`,
    ...Object.fromEntries(ups.map((up) => [`${up}.yaml`, `schedule: "0 0 * * *"\n${RUN}`])),
    'join.yaml': `title: edition ${edition}\nschedule: "0 1 * * *"\nneeds: [${ups.join(', ')}]\n${RUN}`,
  };
};

async function timetableAt(project: string, hour: number): Promise<string> {
  const like = `${project}/tick/daily-0${hour}.00/%`;
  const [row] = await hera.database<{ id: string }[]>`select id from timetable where id like ${like}`;
  return row!.id;
}

type Queued = Readonly<{ id: string; path: string }>;

const queuedOf = (project: string): Promise<readonly Queued[]> => hera.database<Queued[]>`
  select run.id, job.path from run join job on job.id = run.job where run.project = ${project} and run.state = 'queued' order by job.path`;

/** Ends what is queued, so many at once, in the order given. */
async function endAll(queued: readonly Queued[], fails: ReadonlySet<string>): Promise<void> {
  const left = [...queued];
  const hand = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      const opened = await open(hera.context, { run: run.id, temporalRunId: 'w' });
      if (opened.kind === 'go') await settle(hera.context, run.id, opened.turn, fails.has(run.path) ? FAILED : OK);
    }
  };
  await Promise.all(Array.from({ length: 6 }, hand));
}

async function joinOf(project: string) {
  const [row] = await hera.database<{ state: string; turn: number; lacks: string[]; needs: number; said: number }[]>`
    select run.state, run.turn, array(select jsonb_array_elements(run.reasons)->>'job') as lacks,
           (select count(*)::int from need where need.run = run.id and not need.met) as needs,
           (select count(*)::int from need_settled where need_settled.run = run.id) as said
    from run join job on job.id = run.job where run.project = ${project} and job.path = 'join'`;
  return row!;
}

const cases = fc.integer({ min: MANY_NEEDS + 1, max: MANY_NEEDS + 8 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
    fails: fc.oneof(fc.constant<number[]>([]), fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: 3 })),
    deploys: fc.boolean(),
  }),
);

describe('a run that awaits many', () => {
  test('is let go once by the last of them, or says what it lacks, in whatever order endings, tick, deployments and looks come', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, order, fails, deploys }) => {
        const project = `p${randomUUID().slice(0, 8)}`;
        const { deployment } = await hera.apply(filesOf(project, size, 0), { on: null });
        await tickPage(hera.context, { timetable: await timetableAt(project, 0), instant: UP_AT });
        const queued = new Map((await queuedOf(project)).map((run) => [run.path, run]));
        const timetable = await timetableAt(project, 1);
        let ended = false;
        const look = async (): Promise<void> => {
          while (!ended) if ((await lookAtJoins(hera.context)) === 0) await new Promise(setImmediate);
        };
        const looks = [look(), look()];
        await Promise.all([
          endAll(
            order.map((i) => queued.get(name(i))!),
            new Set(fails.map(name)),
          ),
          tickPage(hera.context, { timetable, instant: JOIN_AT }),
          deploys ? hera.apply(filesOf(project, size, 1), { on: deployment }) : undefined,
        ]).finally(() => {
          ended = true;
        });
        await Promise.all(looks);
        await hera.payPages();
        const lacks = fails.map(name).sort();
        const expected = lacks.length === 0 ? { state: 'queued', turn: 1 } : { state: 'waiting', turn: 0 };
        expect(await joinOf(project)).toEqual({ ...expected, lacks, needs: lacks.length, said: 0 });
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 180_000);

  test('is evaluated anew by one connection, whoever waits for its row with all the others', async () => {
    const project = `p${randomUUID().slice(0, 8)}`;
    await hera.apply(filesOf(project, 2, 0), { on: null });
    await tickPage(hera.context, { timetable: await timetableAt(project, 1), instant: JOIN_AT });
    const [join] = await hera.database<{ id: string }[]>`select id from run where project = ${project}`;
    const alone = openSession(hera.database, 'alone');
    try {
      await reevaluate({ ...hera.context, database: alone, deployed: new DeployedCache() }, [join!.id]);
    } finally {
      await alone.end({ timeout: 5 });
    }
    expect(await joinOf(project)).toMatchObject({ state: 'waiting', needs: 2 });
  });
});
