import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printPeriod } from '../../compiler/calendar/index.js';
import { simulate } from '../../compiler/manifest/index.js';
import { compileFolder } from '../examples/compile-folder.js';
import { secondLook } from '../examples/second-look.js';

// What a stranger sees first, from the built program: `npm run demo` on an empty directory, and again on what it left.

const ROOT = join(import.meta.dirname, '../..');
const second = secondLook(join(ROOT, 'node_modules/vega-datasets/data'));

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hera-demo-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

type Said = Readonly<{ out: string; err: string; code: number | null }>;

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(ROOT, 'dist/examples/demo/main.js'), ...args], {
    env: { ...process.env, HERA_DEMO_DIR: join(home, 'demo'), HERA_CONFIG_DIR: join(home, 'config') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const said = (child: ChildProcess, look: (said: Said) => void = () => {}): Promise<Said> =>
  new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout!.on('data', (bytes) => {
      out += bytes;
      look({ out, err, code: null });
    });
    child.stderr!.on('data', (bytes) => {
      err += bytes;
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve({ out, err, code }));
  });

test('the first start runs the days and prints numbers that a second computation confirms', {
  timeout: 480_000,
}, async () => {
  const { out, err, code } = await said(start(['--once']));
  expect(code, err).toBe(0);
  // The one failure with a reason, and its retry.
  expect(err).toContain('↻ ods/observations 2015-06-29T00:10:00-07:00: exit code 75, tries again');
  await expectAsSimulated(err, { from: '2015-06-29T00:00:00-07:00', to: '2015-07-03T00:00:00-07:00' });
  // A link that is dead a second later would help nobody.
  expect(out).not.toContain('sign-in#');
  expect(out).toContain('Seattle, Wednesday 1 July 2015');
  const again = second.numbers('20150701');
  const printed: readonly (readonly [string, string])[] = [
    ['Highest temperature', 'max'],
    ['Lowest temperature', 'min'],
    ['Mean temperature', 'mean'],
    ['Off the normal mean', 'anomaly'],
    ["Rank among the year's warm days", 'warmest_rank'],
    ['Hours of 25 °C or more', 'hot_hours'],
    ['Rain since 1 January', 'rain_total'],
    ['Wet days since 1 January', 'wet_days'],
    ['Dry spell (less than 1 mm a day)', 'dry_spell'],
    ['Heating degree days', 'hdd_total'],
    ['Cooling degree days', 'cdd_total'],
  ];
  for (const [label, key] of printed) expect([label, numberAfter(out, label)]).toEqual([label, again[key]]);
  const page = /The report, with its chart: (.+)/.exec(out)![1]!;
  expect(await readFile(page, 'utf8')).toContain('<svg');
});

test('the second start finds all history, runs nothing again, and ends its parts on Ctrl-C', {
  timeout: 300_000,
}, async () => {
  const child = start([]);
  const { out, err, code } = await said(child, (so) => {
    if (so.out.includes('sign-in#')) child.kill('SIGINT');
  });
  expect(out).toMatch(/sign-in#heral_/);
  expect(err).toContain('nothing is run again');
  expect(out).toContain('Seattle, Wednesday 1 July 2015');
  expect(code).toBe(0);
});

/** What the server ran are the runs that a simulation has, each ended after all that it awaits. */
async function expectAsSimulated(told: string, { from, to }: Readonly<{ from: string; to: string }>): Promise<void> {
  const ended = [...told.matchAll(/^ {2}\S+ (\S+\/\S+) (\d{4}-\d\d-\d\dT\S+)$/gm)].map(
    ([, job, period]) => `${job}@${printPeriod(Date.parse(period!))}`,
  );
  const { manifest } = await compileFolder(join(ROOT, 'examples/warehouse'));
  const runs = [...simulate(manifest!, { from: Date.parse(from), to: Date.parse(to) })];
  expect(ended.toSorted()).toEqual(runs.map(({ job, period }) => `${job.id}@${printPeriod(period)}`).toSorted());
  const place = new Map(ended.map((run, i) => [run, i]));
  for (const { job, period, needs } of runs) {
    const own = `${job.id}@${printPeriod(period)}`;
    const awaited = needs.flatMap((need) =>
      need.periods === 'latest' ? [] : need.periods.map((at) => `${need.job}@${printPeriod(at)}`),
    );
    for (const one of awaited) expect([one, (place.get(one) ?? -1) < place.get(own)!]).toEqual([one, true]);
  }
}

const numberAfter = (text: string, label: string): number => {
  const line = text.split('\n').find((one) => one.trim().startsWith(label));
  return Number(/^\s*\+?(-?[\d.]+)/.exec(line?.trim().slice(label.length) ?? '')?.[1]);
};
