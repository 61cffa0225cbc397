import { resolve } from 'node:path';
import { jsonText } from '../../compiler/check/spelling.js';
import { compile as compileTree, type Manifest } from '../../compiler/index.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import { foundLines } from '../found-lines.js';
import type { Terminal } from '../terminal.js';

/** Prints the manifest of a directory, always as JSON; exit 1 with errors, which go to standard error. */
export async function compile(terminal: Terminal, dir: string): Promise<number> {
  const tree = await readDirectory(resolve(terminal.cwd, dir));
  const { manifest, diagnostics } = await compileTree(tree);
  if (diagnostics.length > 0) terminal.say(...foundLines(terminal, diagnostics, tree));
  if (!manifest) return 1;
  terminal.write(Buffer.from(`${jsonText(view(manifest))}\n`));
  return 0;
}

function view({ format, project, jobs, timetables }: Manifest) {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  // All of its jobs may fire by a base, within bounds of their own.
  const cronsOf = (id: string): readonly string[] => {
    let job = jobs.find((one) => one.timetable === id);
    while (job && job.base !== null) job = byId.get(job.base);
    return job?.crons ?? [];
  };
  return {
    format,
    project: project.name,
    zone: project.zone,
    machineGroups: project.machineGroups,
    jobs,
    timetables: timetables.map(({ id, note, calendar, jobs: firing }) => ({
      id,
      note,
      cron: cronsOf(id).join('; '),
      crons: cronsOf(id),
      zone: calendar.zone,
      calendar,
      jobs: firing,
    })),
  };
}
