// What the language knows and this version's scheduler does not. One table: a feature whose absence would change which runs happen, when, on
// what or as whom is refused (HERA1004); one without which only nobody is told is a warning (HERA1006). Nothing is silently ignored.
// Fields have been read and their names judged before. Whoever teaches the scheduler a feature removes its entry here.
import type { Draft, DraftJob, Level } from '../manifest/draft.js';
import { isElsewhere } from '../manifest/engine-options.js';
import type { FolderSpec, JobSpec } from '../source/language.js';
import { isAddress } from '../source/language.js';
import { counted } from './counted.js';
import type { At, Path, Report } from './diagnostic.js';

/** A use of a feature: its name as written, where (from the definition inwards), what to do instead, and of which value it is a part (a mistake of that one is enough). */
type Use = Readonly<{ what: string; at: Path; on?: 'key'; instead: string }>;

/** Fields of jobs, folders and the project's defaults. */
const ofLevels: readonly ((spec: FolderSpec) => readonly Use[])[] = [
  given('user', 'jobs run as the user of the worker: start a worker as that user and use its machine group'),
  given('secrets', 'give the worker the variable: `hera worker --env`, or its own environment'),
];

/** Fields of jobs alone; paths are from the root of the file, as specs hold them. */
const ofJobs: readonly ((spec: JobSpec) => readonly Use[])[] = [
  ({ run }) =>
    run && (run.engine === 'external' || run.engine === 'probe')
      ? [{ what: `\`${run.engine}\``, at: run.path, on: 'key' as const, instead: INSTEAD_OF[run.engine] }]
      : [],
  ({ run }) =>
    (run?.files ?? [])
      .filter(({ text }) => isAddress(text))
      .map(({ path }) => ({
        what: 'a file from elsewhere',
        at: path,
        instead: 'fetch it in the script, or put it into the repository',
      })),
  ({ run }) =>
    fetchedByNobody(run).map((path) => ({
      what: 'a file from elsewhere',
      at: path,
      instead: 'put it into the repository, or name a path of the machine: `file:/opt/lib/x.jar`',
    })),
];

/** Files by address that the engine itself cannot fetch; Spark fetches jars and archives. */
function fetchedByNobody(run: JobSpec['run']): readonly Path[] {
  if (!run || run.engine === 'spark') return [];
  const { options, path } = run;
  return (['jar', 'classpath', 'init', 'requirements'] as const).flatMap((field) => {
    const given = options[field] as string | readonly string[] | undefined;
    const texts = typeof given === 'string' ? [given] : (given ?? []);
    return texts.flatMap((text, i) => {
      const isFetched = isElsewhere(text) && !text.startsWith('file:');
      return isFetched ? [[...path, field, ...(typeof given === 'string' ? [] : [i])]] : [];
    });
  });
}

const INSTEAD_OF = {
  external: 'let a shell script ask until it is there, with `timeout` and `retries`',
  probe: 'let a shell script look in a loop, with a `timeout`',
} as const;

/** A field whose mere presence is the use. */
function given(key: keyof FolderSpec, instead: string): (spec: FolderSpec) => readonly Use[] {
  return (spec) => (spec[key] === undefined ? [] : [{ what: `\`${key}\``, at: [key], instead }]);
}

/** Fields without which only nobody is told. */
const TOLD = ['alerts', 'doneBy'] as const;

/** Refuses what the scheduler cannot do yet, each use where it stands; `isTold` says that a mistake at a place has been reported already. */
export function checkNotYet(
  draft: Draft,
  jobs: readonly DraftJob[],
  isTold: (at: At) => boolean,
  report: Report,
): void {
  const refuse = (file: string, { what, at: path, on, instead }: Use): void => {
    const at: At = { file, path, ...(on && { on }) };
    if (isTold(at)) return;
    const message = `${what} is not supported yet`;
    report({ code: 'HERA1004', message, at, label: 'this version’s scheduler does not know it', help: instead });
  };
  for (const { file, root, spec } of [...draft.levels, ...jobs])
    for (const use of ofLevels.flatMap((uses) => uses(spec))) refuse(file, { ...use, at: [...root, ...use.at] });
  for (const job of jobs) for (const use of ofJobs.flatMap((uses) => uses(job.spec))) refuse(job.file, use);
  for (const key of TOLD) warnUntold(draft, key, (finding) => isTold(finding.at as At) || report(finding));
}

/** Once for a project: ten thousand jobs may have the field. */
function warnUntold(draft: Draft, key: (typeof TOLD)[number], report: Report): void {
  const users: Level[] = draft.levels.filter(({ spec }) => spec[key] !== undefined);
  for (const job of draft.byId.values()) if (job.spec[key] !== undefined) users.push(job);
  const channels = key === 'alerts' && draft.project.spec.alerts !== undefined;
  const first = users[0] ?? (channels ? { file: draft.project.file, root: [] } : undefined);
  if (!first) return;
  const others = users.length > 1 ? `, here and in ${counted(users.length - 1, 'more place')}` : '';
  report({
    code: 'HERA1006',
    message: `\`${key}\` is kept, but nobody is told by it yet${others}`,
    at: { file: first.file, path: [...first.root, key] },
    label: 'this version’s scheduler tells nobody',
    help: 'the server’s webhook tells of failed runs and missed ticks: docs/operating.md',
  });
}
