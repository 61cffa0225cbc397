// How many runs a second `hera simulate` gives: ten thousand jobs of the mixed or the daily estate, a year, as the lines it prints.
// `npm run bench:simulate -- [--jobs 10000] [--days 365] [--estate daily|mixed]`; docs/benchmarks.md keeps what was measured. Beside it, the floor:
// a year of ticks of ten thousand calendars, each asked for itself.
import { parseArgs } from 'node:util';
import { createLines } from '../cli/commands/simulate.js';
import { ticks } from '../compiler/calendar/index.js';
import { compile, printDiagnostics, simulate, type Tree } from '../compiler/index.js';
import { firingCalendar } from '../compiler/manifest/index.js';
import { dailyEstate, mixedEstate } from './estates.js';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    days: { type: 'string', default: '365' },
    estate: { type: 'string', default: 'daily' },
  },
});
const files = (values.estate === 'mixed' ? mixedEstate : dailyEstate)(Number(values.jobs));
const tree: Tree = new Map([...files].map(([path, text]) => [path, new TextEncoder().encode(text)]));
const { manifest, diagnostics } = await compile(tree);
if (!manifest) throw new Error(printDiagnostics(diagnostics.slice(0, 5), tree));
const from = Date.UTC(2026, 0, 1);
const to = from + Number(values.days) * 86_400_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const cpu = (began: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
};

const definitions = new Map(manifest.jobs.map((job) => [job.id, job]));
const calendars = manifest.jobs.flatMap((job) => firingCalendar(definitions, job) ?? []);
const asking = process.cpuUsage();
const count = calendars.reduce((n, calendar) => n + ticks(calendar, from, to).length, 0);
say(`ticks     ${count} of ${calendars.length} jobs in ${cpu(asking).toFixed(2)} s of processor time`);

const [began, wall] = [process.cpuUsage(), performance.now()];
const lines = createLines();
let [runs, bytes] = [0, 0];
for (const run of simulate(manifest, { from, to })) {
  runs += 1;
  if (!lines.add(run)) bytes += Buffer.byteLength(lines.take());
}
const used = cpu(began);
say(`simulate  ${runs} runs, ${Math.round(bytes / 1e6)} MB in ${used.toFixed(2)} s of processor time`);
say(
  `          ${Math.round(runs / used)} runs/s (${Math.round(runs / ((performance.now() - wall) / 1000))} by the wall clock)`,
);
