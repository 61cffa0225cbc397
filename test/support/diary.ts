// A diary of processes: every process writes its period and attempt to a file of its job. What that says is what has run, whatever a
// database believes.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Hera } from './hera.js';

export type Diary = Readonly<{
  directory: string;
  /** The shell command that writes a line. */
  note(job: string): string;
  /** The periods that processes of the job began for, in order. */
  written(job: string): readonly string[];
  /** Until `more` periods that were not due yet have succeeded. */
  goesOn(hera: Hera, job: string, more: number): Promise<void>;
  /** No period is missing between a job's first and last run, none was begun twice, and all that are due succeed. */
  expectEachOnce(hera: Hera, job: string, stepSeconds: number): Promise<void>;
  remove(): void;
}>;

export function openDiary(): Diary {
  const directory = mkdtempSync(join(tmpdir(), 'hera-diary-'));
  const written = (job: string): readonly string[] => {
    const file = join(directory, job);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  return {
    directory,
    note: (job) => `echo $HERA_PERIOD >> ${directory}/${job}`,
    written,
    goesOn: async (hera, job, more) => {
      const from = new Date();
      await hera.until(async () => {
        const [row] = await hera.database`
          select count(*)::int as n from run join job on job.id = run.job
          where job.path = ${job} and run.state = 'succeeded' and run.period > ${from}`;
        return row!.n >= more;
      }, `${more} periods of ${job}`);
    },
    expectEachOnce: async (hera, job, stepSeconds) => {
      const periods = written(job);
      expect([job, periods.filter((period, i) => periods.indexOf(period) !== i)]).toEqual([job, []]);
      const [steps] = await hera.database`
        select count(*) filter (where step <> ${stepSeconds} * interval '1 second')::int as gaps
        from (select period - lag(period) over (order by period) as step
              from run join job on job.id = run.job where path = ${job}) as runs`;
      expect([job, steps]).toEqual([job, { gaps: 0 }]);
      // What a fault has held up may come late; it must come.
      const due = new Date();
      let left: readonly object[] = [];
      await hera
        .until(async () => {
          left = await hera.database`
            select period, state, owed, turn, reasons from run join job on job.id = run.job
            where path = ${job} and state <> 'succeeded' and period < ${due} order by period limit 5`;
          return left.length === 0;
        }, `every period of ${job} that was due`)
        .catch((cause) => {
          throw new Error(`still left: ${JSON.stringify(left)}`, { cause });
        });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
