import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDiary } from '../../support/diary.js';
import { type Hera, startHera } from '../../support/hera.js';
import { type OwnPostgres, ownPostgres } from '../../support/own-servers.js';

// PostgreSQL is set back to an older copy under a Hera that goes on: what was committed since is gone, and Temporal and the worker know
// better. What has run is not run again, what lives is not ended, and no tick is missing.

const diary = openDiary();
let base: OwnPostgres;
let hera: Hera;
beforeAll(async () => {
  base = await ownPostgres();
  hera = await startHera({ base, ledgerTimes: { everyMs: 1000, olderThanSeconds: 2 } });
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'quick.yaml': `schedule: "*/2 * * * * ?"\nrun: { shell: "${diary.note('quick')}" }\n`,
    'after.yaml': `needs: [quick]\nrun: { shell: "${diary.note('after')}" }\n`,
    'slow.yaml': `schedule: "*/3 * * * * ?"\noverlap: allow\nrun: { shell: "${diary.note('slow')}; sleep 6" }\n`,
    'retried.yaml': `schedule: "*/10 * * * * ?"\noverlap: allow\nretries: { times: 1, wait: 1s }\nrun: { shell: "${diary.note('retried')}; [ $HERA_ATTEMPT = 2 ]" }\n`,
    'long.yaml': `run: { shell: "${diary.note('long')}; while [ ! -e ${diary.directory}/end ]; do sleep 0.1; done" }\n`,
  });
});
afterAll(async () => {
  await hera.stop();
  diary.remove();
});

test('a database set back by some seconds makes nothing run twice, ends nothing that lives, and misses no tick', {
  timeout: 300_000,
}, async () => {
  const asked = { project: 'shop', job: 'long', period: null, by: 'tester', via: 'test' };
  const long = await hera.running.control.run(asked);
  await diary.goesOn(hera, 'after', 1);
  await base.keepCopy();
  // Runs of which the copy knows nothing end, and others begin.
  await diary.goesOn(hera, 'retried', 1);
  const before = { quick: diary.written('quick').length, long: diary.written('long').length };
  await base.restoreCopy();
  await diary.goesOn(hera, 'slow', 1);
  expect(diary.written('quick').length).toBeGreaterThan(before.quick);
  for (const [job, step] of [
    ['quick', 2],
    ['after', 2],
    ['slow', 3],
  ] as const)
    await diary.expectEachOnce(hera, job, step);
  const tries = diary.written('retried');
  for (const period of new Set(tries)) expect(tries.filter((other) => other === period).length).toBeLessThan(3);
  // It lives through both restarts as the same process.
  writeFileSync(join(diary.directory, 'end'), '');
  await hera.until(async () => (await hera.run('long', long.period))?.state === 'succeeded', 'its end');
  expect(diary.written('long')).toHaveLength(1);
});
