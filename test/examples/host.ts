// One machine that runs the example's jobs as a worker would: the script as rendered for the period in a directory of its own, files beside it,
// a clean environment. In: what the compiler made of `examples/warehouse`. Out: exit codes, output, and the tables on disk.
// There is no server and no clock here: a run's upstream runs are found by the calendar and done first, failed attempts are repeated at once.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { bizdateOf, printPeriodIn, ticks } from '../../compiler/calendar/index.js';
import { awaited, type Job, type Manifest, renderFor } from '../../compiler/manifest/index.js';

export type Attempt = Readonly<{
  job: string;
  period: number;
  n: number;
  code: number;
  stdout: string;
  stderr: string;
}>;
export type Blobs = ReadonlyMap<string, Uint8Array>;

const decoder = new TextDecoder();
const PROGRAMS: Readonly<Record<string, string>> = { shell: 'sh', python: 'python3' };

export class Host {
  /** Every attempt, in order. */
  readonly attempts: Attempt[] = [];
  readonly home: string;
  readonly #done = new Map<string, Promise<void>>();

  constructor(
    readonly manifest: Manifest,
    readonly blobs: Blobs,
    readonly sourceData: string,
  ) {
    this.home = mkdtempSync(join(tmpdir(), 'warehouse-'));
  }

  job(id: string): Job {
    const found = this.manifest.jobs.find((job) => job.id === id);
    if (!found) throw new Error(`no job ${id}`);
    return found;
  }

  /** The first period of a job whose bizdate is `dt`. */
  periodOf(id: string, dt: string): number {
    const noon = Date.UTC(Number(dt.slice(0, 4)), Number(dt.slice(4, 6)) - 1, Number(dt.slice(6)), 20);
    const zone = this.job(id).zone;
    const found = ticks(this.calendarOf(id), noon, noon + 2 * 86_400_000).find((tick) => bizdateOf(zone, tick) === dt);
    if (found === undefined) throw new Error(`${id} has no period about ${dt}`);
    return found;
  }

  calendarOf(id: string) {
    const timetable = this.manifest.timetables.find((one) => one.jobs.includes(id));
    if (!timetable) throw new Error(`${id} fires by no timetable`);
    return timetable.calendar;
  }

  /** The run of a period, after all runs it awaits; its own previous periods are awaited from `since` on. Fails when retries do not help. */
  run(id: string, period: number, since = period): Promise<void> {
    const key = `${id}@${period}`;
    const begun = this.#done.get(key) ?? this.#runNow(id, period, since);
    this.#done.set(key, begun);
    return begun;
  }

  async #runNow(id: string, period: number, since: number): Promise<void> {
    const job = this.job(id);
    const jobs = new Map(this.manifest.jobs.map((one) => [one.id, one]));
    for (const need of awaited(jobs, job, period))
      for (const upstream of need.periods)
        if (need.job !== id || upstream >= since) await this.run(need.job, upstream, since);
    for (let n = 1; n <= 1 + job.retries.times; n++) if ((await this.attempt(id, period, n)).code === 0) return;
    throw new Error(`${id} failed for ${printPeriodIn(job.zone, period)}:\n${this.attempts.at(-1)?.stderr}`);
  }

  /** One process, whatever it needs. */
  async attempt(id: string, period: number, n = 1): Promise<Attempt> {
    const job = this.job(id);
    const directory = mkdtempSync(join(tmpdir(), 'attempt-'));
    try {
      const fill = this.#filler(job, period);
      const script = basename(job.run.script.path ?? 'script');
      writeFileSync(join(directory, script), fill(this.#text(job.run.script.sha256)));
      for (const file of job.run.files) writeFileSync(join(directory, file.name), this.#text(file.sha256));
      const env = Object.fromEntries(Object.entries(job.env).map(([name, value]) => [name, fill(value)]));
      const outcome = await start(PROGRAMS[job.run.engine]!, [script, ...job.run.args.map(fill)], directory, {
        PATH: process.env.PATH,
        WAREHOUSE_HOME: this.home,
        SOURCE_DATA: this.sourceData,
        HERA_BIZDATE: bizdateOf(job.zone, period),
        HERA_ATTEMPT: String(n),
        ...env,
      });
      const attempt = { job: id, period, n, ...outcome };
      this.attempts.push(attempt);
      return attempt;
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  #text(sha256: string): string {
    const blob = this.blobs.get(sha256);
    if (!blob) throw new Error(`no blob ${sha256}`);
    return decoder.decode(blob);
  }

  #filler(job: Job, period: number): (text: string) => string {
    const occasion = { calendar: this.calendarOf(job.id), period, now: period };
    return (text) => {
      const { text: filled, problems } = renderFor(job, text, occasion);
      if (problems.length > 0) throw new Error(`${job.id}: ${problems[0]!.message}`);
      return filled;
    };
  }

  read(path: string): string {
    return readFileSync(join(this.home, path), 'utf8');
  }

  /** Writes into the warehouse from outside, as an accident would. */
  overwrite(path: string, text: string): void {
    mkdirSync(dirname(join(this.home, path)), { recursive: true });
    writeFileSync(join(this.home, path), text);
  }

  /** All files below a folder of the warehouse and what is in them. */
  files(folder = '.'): ReadonlyMap<string, string> {
    const found = readdirSync(join(this.home, folder), { recursive: true, withFileTypes: true });
    const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(paths.sort().map((path) => [path.slice(this.home.length + 1), readFileSync(path, 'utf8')]));
  }

  /** The report's numbers of a day as the jobs wrote them, by key; normals as `normal_<key>`, the rank's total as `days`. */
  numbers(dt: string): Readonly<Record<string, number>> {
    const rows = this.read(`report/dt=${dt}/numbers.tsv`).trimEnd().split('\n').slice(1);
    const pairs = rows.flatMap((row) => {
      const [key, , value, unit, normal] = row.split('\t');
      const found: [string, number][] = [[key!, Number(value)]];
      if (normal) found.push([`normal_${key}`, Number(normal)]);
      if (unit?.startsWith('of ')) found.push(['days', Number(unit.slice(3))]);
      return found;
    });
    return Object.fromEntries(pairs);
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

function start(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
) {
  return new Promise<Readonly<{ code: number; stdout: string; stderr: string }>>((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
