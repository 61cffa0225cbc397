import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDiary } from '../../support/diary.js';
import { type Hera, startHera } from '../../support/hera.js';
import { type OwnPostgres, ownPostgres } from '../../support/own-servers.js';

// PostgreSQL is restarted and stands still while timetables fire and processes run.

const diary = openDiary();
let base: OwnPostgres;
let hera: Hera;
beforeAll(async () => {
  base = await ownPostgres();
  hera = await startHera({ base, ledgerTimes: { everyMs: 1000, olderThanSeconds: 2 } });
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'quick.yaml': `schedule: "*/2 * * * * ?"\nrun: { shell: "${diary.note('quick')}" }\n`,
    'slow.yaml': `schedule: "*/3 * * * * ?"\noverlap: allow\nrun: { shell: "${diary.note('slow')}; sleep 6" }\n`,
    'after.yaml': `needs: [quick]\nrun: { shell: "${diary.note('after')}" }\n`,
    'long.yaml': `run: { shell: "${diary.note('long')}; while [ ! -e ${diary.directory}/end ]; do sleep 0.1; done; exit 4" }\n`,
  });
});
afterAll(async () => {
  await hera.stop();
  diary.remove();
});

const asker = { by: 'tester', via: 'test' };
const eachOnce = async (): Promise<void> => {
  for (const [job, step] of [
    ['quick', 2],
    ['slow', 3],
    ['after', 2],
  ] as const)
    await diary.expectEachOnce(hera, job, step);
};

describe('PostgreSQL', () => {
  test('that is restarted interrupts nothing that runs, and no period is lost or run twice', async () => {
    const long = await hera.running.control.run({ ...asker, project: 'shop', job: 'long', period: null });
    await diary.goesOn(hera, 'after', 1);
    await base.stop();
    await base.start();
    await diary.goesOn(hera, 'after', 2);
    expect(await hera.run('long', long.period)).toMatchObject({ state: 'running', attempts: 1 });
    writeFileSync(join(diary.directory, 'end'), '');
    await hera.until(async () => (await hera.run('long', long.period))?.state === 'failed', 'its end');
    expect(diary.written('long')).toHaveLength(1);
    await eachOnce();
  });

  test('that stands still for longer than every call waits is only late', async () => {
    base.pause();
    // Nothing can be asked of it meanwhile: this is the fault itself, not a wait for something.
    await delay(12_000);
    base.goOn();
    await diary.goesOn(hera, 'after', 2);
    await eachOnce();
  });
});
