import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compileFolder } from './compile-folder.js';
import { Host } from './host.js';
import { secondLook } from './second-look.js';

const ROOT = join(import.meta.dirname, '../..');
const DATA = join(ROOT, 'node_modules/vega-datasets/data');
const second = secondLook(DATA);

let compiled: Awaited<ReturnType<typeof compileFolder>>;
const hosts: Host[] = [];

beforeAll(async () => {
  compiled = await compileFolder(join(ROOT, 'examples/warehouse'));
});
afterEach(() => {
  for (const host of hosts.splice(0)) host.remove();
});

function newHost(data = DATA): Host {
  if (!compiled.manifest) throw new Error(JSON.stringify(compiled.diagnostics, null, 1));
  const host = new Host(compiled.manifest, compiled.blobs, data);
  hosts.push(host);
  return host;
}

async function report(host: Host, dt: string, since = dt): Promise<void> {
  await host.run('report/page', host.periodOf('report/page', dt), host.periodOf('dw/year_to_date', since));
}

describe('the warehouse as a project', () => {
  test('compiles without a diagnostic', () => {
    expect(compiled.diagnostics).toEqual([]);
  });

  test('has ten jobs and more in three folders and more, half TypeScript and half YAML, each described', () => {
    const { jobs } = newHost().manifest;
    expect(jobs.length).toBeGreaterThanOrEqual(10);
    expect(new Set(jobs.map((job) => job.id.split('/')[0])).size).toBeGreaterThanOrEqual(3);
    expect(jobs.filter((job) => job.file.endsWith('.ts')).length).toBe(jobs.length / 2);
    expect(jobs.filter((job) => !job.description)).toEqual([]);
  });

  test('fires daily, hourly and weekly in the zone of its data', () => {
    const { jobs, timetables } = newHost().manifest;
    const ids = timetables.map((one) => one.id);
    expect(ids.some((id) => id.includes('/daily-00.10/'))).toBe(true);
    expect(ids.some((id) => id.includes('/hourly-20/'))).toBe(true);
    expect(ids.some((id) => /mon/i.test(id))).toBe(true);
    expect(new Set(jobs.map((job) => job.zone))).toEqual(new Set(['America/Los_Angeles']));
    expect(newHost().job('dw/hours').base).toBe('dw/day');
  });

  test('joins two chains and depends on itself', () => {
    const host = newHost();
    expect(host.job('dw/anomaly').needs.map((need) => need.kind === 'job' && need.job)).toEqual([
      'dw/day',
      'dw/normals',
    ]);
    expect(host.job('dw/year_to_date').needs).toContainEqual(expect.objectContaining({ kind: 'self', offset: -1 }));
  });
});

describe("the report's numbers", () => {
  const agree = async (host: Host, dt: string) => {
    await report(host, dt);
    const [theirs, ours] = [host.numbers(dt), second.numbers(dt)];
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
    for (const [key, value] of Object.entries(ours)) expect(theirs[key], `${key} of ${dt}`).toBeCloseTo(value, 6);
  };

  test.each(['20120101', '20120229', '20131231', '20140101', '20150704', '20151231'])(
    'of %s are those of a second, independent computation',
    async (dt) => agree(newHost(), dt),
  );

  test('of any day of the data are those of a second, independent computation', async () => {
    const host = newHost();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...second.days), (dt) => agree(host, dt)),
      { numRuns: 8 },
    );
  });

  test('that are wrong are found by the second computation', async () => {
    const host = newHost();
    await report(host, '20150704');
    host.overwrite('dw/day/dt=20150704.tsv', host.read('dw/day/dt=20150704.tsv').replace('33.3', '33.4'));
    expect((await host.attempt('report/numbers', host.periodOf('report/numbers', '20150704'))).code).toBe(0);
    expect(host.numbers('20150704').max).not.toBeCloseTo(second.numbers('20150704').max!, 6);
  });

  test('are printed at the end of the output of the last job, beside a page with a chart and a table', async () => {
    const host = newHost();
    await report(host, '20150704');
    const { stdout } = host.attempts.at(-1)!;
    expect(stdout).toContain('Seattle, Saturday 4 July 2015\n');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3 + 12);
    expect(stdout).toMatch(/Highest temperature +33\.3 °C +normal 21\.9\n/);
    expect(host.read('report/dt=20150704/chart.svg')).toMatch(/^<svg xmlns[\s\S]*<\/svg>\n$/);
    expect(host.read('report/dt=20150704/report.html')).toMatch(
      /<svg[\s\S]*<\/svg>[\s\S]*<td class="value">33\.3<\/td>/,
    );
  });
});

describe('the running totals', () => {
  test('are the same bytes, carried from the day before or opened from the archive', async () => {
    const [carried, opened] = [newHost(), newHost()];
    await report(carried, '20130105', '20121230');
    await report(opened, '20130105');
    expect(carried.attempts.filter(({ job }) => job === 'dw/year_to_date')).toHaveLength(7);
    expect(opened.attempts.filter(({ job }) => job === 'dw/year_to_date')).toHaveLength(1);
    expect(opened.attempts.some(({ stdout }) => stdout.includes('opened from'))).toBe(true);
    const path = 'dw/year_to_date/dt=20130105.tsv';
    expect(carried.read(path)).toBe(opened.read(path));
  });

  test('are refused when the ledger of the day before lacks a day', async () => {
    const host = newHost();
    await report(host, '20150704');
    const ledger = host.read('dw/year_to_date/dt=20150704.tsv').split('\n');
    host.overwrite('dw/year_to_date/dt=20150703.tsv', `${ledger.slice(0, 180).join('\n')}\n`);
    const { code, stderr } = await host.attempt('dw/year_to_date', host.periodOf('dw/year_to_date', '20150704'));
    expect(code).toBe(1);
    expect(stderr).toContain('the ledger has 180 days, and 20150704 is day 185 of its year');
  });
});

describe('the observations, fetched from tape', () => {
  const JOB = 'ods/observations';
  const fetch = (host: Host, dt: string) => host.attempt(JOB, host.periodOf(JOB, dt));
  const TABLE = 'ods/observations/dt=20150704.tsv';

  test('fail at the first visit for a year, because its volume must be ordered, and succeed at the retry', async () => {
    const host = newHost();
    await host.run(JOB, host.periodOf(JOB, '20150704'));
    expect(host.attempts.map(({ code }) => code)).toEqual([75, 0]);
    expect(host.attempts[0]!.stderr).toContain('volume 2015 is still on tape: ordered, come again');
    expect(host.read(TABLE)).toMatch(/\n2015-07-04\t0\.0\t33\.3\t15\.0\t/);
  });

  test('of other days of a volume that was brought up succeed at once, and another year has to be ordered again', async () => {
    const host = newHost();
    await host.run(JOB, host.periodOf(JOB, '20150704'));
    expect((await fetch(host, '20150705')).code).toBe(0);
    expect((await fetch(host, '20140705')).code).toBe(75);
    expect((await fetch(host, '20140705')).code).toBe(0);
  });

  test('are the same bytes when they are fetched again', async () => {
    const host = newHost();
    await host.run(JOB, host.periodOf(JOB, '20150704'));
    const before = host.files();
    expect((await fetch(host, '20150704')).code).toBe(0);
    expect(host.files()).toEqual(before);
  });

  test('are not taken from a damaged volume: it is ordered anew', async () => {
    const host = newHost();
    await host.run(JOB, host.periodOf(JOB, '20150704'));
    host.overwrite('archive/2015.csv', host.read('archive/2015.csv').slice(0, 5000));
    const damaged = await fetch(host, '20150705');
    expect([damaged.code, damaged.stderr]).toEqual([75, expect.stringContaining('volume 2015 is damaged')]);
    expect((await fetch(host, '20150705')).code).toBe(0);
  });

  test('of a day outside the data fail for good, and leave no table', async () => {
    const host = newHost();
    await expect(host.run(JOB, host.periodOf(JOB, '20160704'))).rejects.toThrow('the archive has no volume 2016');
    expect(host.attempts.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect([...host.files().keys()].filter((path) => path.startsWith('ods/'))).toEqual([]);
  });
});

describe('a job of the warehouse', () => {
  test('that is run again writes the same bytes', async () => {
    const host = newHost();
    await report(host, '20150704');
    const before = host.files();
    for (const { job, period } of [...host.attempts]) expect((await host.attempt(job, period)).code, job).toBe(0);
    expect(host.files()).toEqual(before);
  });

  test('whose upstream has not run says which', async () => {
    const host = newHost();
    for (const [job, upstream] of [
      ['dw/day', 'ods/observations'],
      ['dw/anomaly', 'dw/day'],
      ['dw/normals', 'ods/normals'],
      ['report/page', 'report/chart'],
    ] as const) {
      const period = host.periodOf(job, '20150705');
      const { code, stderr } = await host.attempt(job, period);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`has ${upstream} run?`)]);
    }
  });

  test('refuses facts that cannot be true, and leaves the former table', async () => {
    const host = newHost();
    const period = host.periodOf('dw/day', '20150704');
    await host.run('dw/day', period);
    const former = host.read('dw/day/dt=20150704.tsv');
    const observation = 'ods/observations/dt=20150704.tsv';
    host.overwrite(observation, host.read(observation).replace('33.3', '3.3'));
    const { code, stderr } = await host.attempt('dw/day', period);
    expect([code, stderr]).toEqual([1, expect.stringContaining('lowest 15.0 above highest 3.3')]);
    expect(host.read('dw/day/dt=20150704.tsv')).toBe(former);
    expect([...host.files('dw').keys()].filter((path) => path.includes('.part'))).toEqual([]);
  });

  test('of the hour expects its normal and the anomaly of the day before, on days of changing clocks too', async () => {
    const host = newHost();
    for (const [today, yesterday] of [
      ['20150705', '20150704'],
      ['20150308', '20150307'],
      ['20151101', '20151031'],
      ['20130101', '20121231'],
    ] as const) {
      const period = host.periodOf('now/expected', yesterday);
      await host.run('now/expected', period, host.periodOf('dw/year_to_date', yesterday));
      const [dt, hour, , , degrees] = host
        .read(`now/expected/dt=${today}/hour=00.tsv`)
        .trimEnd()
        .split('\n')[1]!
        .split('\t');
      expect([dt, hour]).toEqual([today, '00']);
      expect(Number(degrees)).toBeCloseTo(second.expected(today, 0, yesterday), 6);
    }
  });
});
