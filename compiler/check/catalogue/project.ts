import { type CodeEntry, DAILY, job, PROJECT, RUN } from './entry.js';

export const projectCodes: Readonly<Record<string, CodeEntry>> = {
  HERA0001: {
    title: 'no project file',
    explanation:
      'A repository becomes a project by `hera.project.yaml` or `hera.project.ts` at its root, which gives its name and zone.',
    failing: { 'report.yaml': DAILY },
    repaired: job(DAILY),
  },
  HERA0002: {
    title: 'a project or a folder defined twice',
    explanation: 'Defaults come from one file a folder; of two, one would be ignored.',
    failing: { ...PROJECT, 'hera.project.yml': 'name: shop\nzone: UTC\n' },
    repaired: PROJECT,
  },
  HERA0003: {
    title: 'a definition that is a link',
    explanation:
      'Symbolic links are not followed: they may lead out of the repository, and a run must be what its commit holds. What jobs share stands in `_folder.yaml` or in a helper.',
    failing: job(DAILY, { 'dw/report.yaml': 'link to ../report.yaml' }),
    repaired: job(DAILY, { 'dw/report.yaml': DAILY }),
  },
  HERA0004: {
    title: 'a link to a folder',
    explanation:
      'Nothing behind a link or in a submodule is read, so that definitions and scripts there do not exist. This is a warning: there may be none.',
    failing: job(DAILY, { dw: 'link to /data/dw' }),
    repaired: job(DAILY, {
      'hera.project.yaml': `${PROJECT['hera.project.yaml']}ignore: [dw]\n`,
      dw: 'link to /data/dw',
    }),
  },
  HERA0005: {
    title: 'a file that is too big',
    explanation:
      'A deployment reads every file of the commit, so that a repository of definitions holds no data. What `ignore` matches is not read when it is too big.',
    failing: job(DAILY, { 'data/dump.csv': 'file of 20000000 bytes' }),
    repaired: job(DAILY, {
      'hera.project.yaml': `${PROJECT['hera.project.yaml']}ignore: [data/]\n`,
      'data/dump.csv': 'file of 20000000 bytes',
    }),
  },
  HERA1001: {
    title: 'unknown field',
    explanation: 'A field that nothing reads is a misspelling or a wish that would silently not come true.',
    failing: job(`${DAILY}timout: 2h\n`),
    repaired: job(`${DAILY}timeout: 2h\n`),
  },
  HERA1002: {
    title: 'a value of the wrong kind',
    explanation: 'Lengths of time have a unit, counts are whole numbers, words are one of a list.',
    failing: job(`${DAILY}timeout: 120\n`),
    repaired: job(`${DAILY}timeout: 2m\n`),
  },
  HERA1003: {
    title: 'a field is missing',
    explanation: 'A job needs `run`, a project its `name` and `zone`.',
    failing: job('schedule: "30 2 * * *"\n'),
    repaired: job(DAILY),
  },
  HERA1004: {
    title: 'not supported yet',
    explanation:
      'The language knows it, this version’s scheduler does not. It would change which runs happen, when, on what or as whom, so it is refused: no definition means less than it says.',
    failing: job(`user: etl\n${DAILY}`),
    repaired: job(`machineGroup: etl\n${DAILY}`, {
      'hera.project.yaml': `${PROJECT['hera.project.yaml']}machineGroups: [default, etl]\n`,
    }),
  },
  HERA1005: {
    title: 'a file without a definition',
    explanation:
      'A file of a job has `defineJob` or `defineJobs` as its default export, `_folder.ts` has `defineFolder`, the project file `defineProject`.',
    failing: { ...PROJECT, 'report.ts': 'export const x = 1;\n' },
    repaired: { ...PROJECT, '_report.ts': 'export const x = 1;\n' },
  },
  HERA1006: {
    title: 'nobody is told yet',
    explanation:
      'The language knows it and the manifest keeps it, but this version’s scheduler tells nobody. Runs are the same with and without it, so this is a warning.',
    failing: job(`doneBy: "06:30"\n${DAILY}`),
    repaired: job(`expectedDuration: 30m\n${DAILY}`),
  },
  HERA1009: {
    title: 'not YAML',
    explanation: 'The file cannot be read as YAML 1.2.',
    failing: job('run: { shell: "true"\n'),
    repaired: job(DAILY),
  },
  HERA1010: {
    title: 'aliases that expand too far',
    explanation: 'Aliases of aliases can stand for more data than any machine holds.',
    failing: job(
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n${RUN}`,
    ),
    repaired: job(DAILY),
  },
  HERA1011: {
    title: 'a name twice in one mapping',
    explanation: 'Of two values for one name, one would be lost.',
    failing: job(`${DAILY}owner: ann\nowner: ben\n`),
    repaired: job(`${DAILY}owner: ann\n`),
  },
  HERA2001: {
    title: 'a path that cannot be an id',
    explanation:
      'A job’s id is its path: letters A–Z, digits, `.`, `_`, `-` and `/`. A segment `-` is kept for addresses.',
    failing: { ...PROJECT, '报表.yaml': DAILY },
    repaired: job(`title: 报表\n${DAILY}`),
  },
  HERA2002: {
    title: 'two jobs with one id',
    explanation: 'The ending of a file is no part of the id.',
    failing: { ...job(DAILY), 'report.yml': DAILY },
    repaired: { ...job(DAILY), 'report2.yml': DAILY },
  },
  HERA2004: {
    title: 'ids that differ only in case',
    explanation: 'Some file systems take them for one file, and people for one job.',
    failing: { ...job(DAILY), 'Report.yaml': DAILY },
    repaired: { ...job(DAILY), 'Report2.yaml': DAILY },
  },
  HERA2007: {
    title: 'an id that is too long',
    explanation: 'Project and id together have at most 200 bytes, so that they fit wherever they are a key.',
    failing: { ...PROJECT, [`${'long/'.repeat(40)}report.yaml`]: DAILY },
    repaired: job(DAILY),
  },
  HERA2008: {
    title: 'two jobs with one alias',
    explanation: 'An alias is a number of the old scheduler and finds one job.',
    failing: job(`alias: 7\n${DAILY}`, { 'other.yaml': `alias: 7\n${DAILY}` }),
    repaired: job(`alias: 7\n${DAILY}`, { 'other.yaml': `alias: 8\n${DAILY}` }),
  },
  HERA2009: {
    title: 'a former name that is a job',
    explanation:
      '`formerly` carries number and history of a job to its new path; a job that still exists keeps its own. Two jobs that swap names both say so.',
    failing: job(`formerly: [other]\n${DAILY}`, { 'other.yaml': DAILY }),
    repaired: job(`formerly: [older]\n${DAILY}`, { 'other.yaml': DAILY }),
  },
};
