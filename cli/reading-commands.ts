import type { Command } from 'commander';
import { count, examples, projectOption } from './options.js';
import type { Act } from './program.js';
import { shown, type Watched, watchOption } from './redraw.js';

// Commands that read: runs, logs, jobs, alerts, machines.

export function addReading(program: Command, act: Act): void {
  program
    .command('runs')
    .description('runs, newest period first')
    .option('--job <glob>', 'of which jobs: * within a segment, ** across')
    .option(
      '--state <states>',
      'joined by commas: waiting, queued, running, succeeded, failed, timed_out, cancelled, skipped',
    )
    .option('--from <time>', 'periods from here, inclusive; also now-24h')
    .option('--to <time>', 'periods to here, exclusive')
    .option('--trigger <trigger>', 'schedule, dependency, catch-up, manual, backfill …')
    .option('--operation <id>', 'members of an operation')
    .option('--limit <n>', 'at most so many', count(100_000), 50)
    .addOption(watchOption())
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera runs --state failed --from now-24h',
        'hera runs --state queued,running --watch',
        "hera runs --job 'dw/**' --json | jq '.[].state'",
      ),
    )
    .action(
      act(async (terminal, { watch, ...options }: import('./commands/runs.js').RunsOptions & Watched) => {
        const { runs } = await import('./commands/runs.js');
        return shown(terminal, watch, (page) => runs(page, options));
      }),
    );
  program
    .command('run-info')
    .argument('<run>', 'its number, or JOB@PERIOD')
    .description('one run: why it waits or failed, its needs, attempts and what comes after')
    .addOption(projectOption())
    .addHelpText('after', examples('hera run-info dw/orders/load@2026-11-22'))
    .action(
      act(async (terminal, run: string, options: object) =>
        (await import('./commands/runs.js')).runInfo(terminal, run, options),
      ),
    );
  program
    .command('explain')
    .argument('<job@period>', 'a job and a period of it: a date, an instant, or 12 digits')
    .description('why a period has run, waits or has no run: what it awaits, since when, who can end the wait and how')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera explain dw/orders/load@2026-11-22', 'hera explain dw/orders/load@2026-11-22T02:30 --json'),
    )
    .action(
      act(async (terminal, name: string, options: { project?: string }) =>
        (await import('./commands/explain.js')).explain(terminal, name, options),
      ),
    );
  program
    .command('logs')
    .argument('<run>', 'its number, or JOB@PERIOD')
    .description('the output of a run')
    .option('-f, --follow', 'as it grows, until the run ends')
    .option('--attempt <n>', 'which; default: the last', count(1_000_000, 1))
    .option('--tail <bytes>', 'only the last so many', count(4 * 1024 * 1024))
    .addOption(projectOption())
    .addHelpText('after', examples('hera logs -f 4711', 'hera logs dw/orders/load@2026-11-22 --attempt 1'))
    .action(
      act(async (terminal, run: string, options: object) =>
        (await import('./commands/logs.js')).logs(terminal, run, options),
      ),
    );
  program
    .command('status')
    .description('what is late, what waits for what, what was missed and made up for, and what comes next')
    .option('--hours <n>', 'how far back it looks for what was missed; default: 24', count(744, 1))
    .option('--ahead <n>', 'how many hours ahead; default: 6', count(168, 1))
    .addOption(watchOption())
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera status', "hera status --json | jq '.counts'", 'hera status --hours 72 --ahead 24'),
    )
    .action(
      act(async (terminal, { watch, ...options }: import('./commands/status.js').StatusOptions & Watched) => {
        const { status } = await import('./commands/status.js');
        return shown(terminal, watch, (page) => status(page, options));
      }),
    );
  program
    .command('jobs')
    .argument('[words...]', 'that its id, title, owner or tags have')
    .description('the jobs in force')
    .option('--folder <path>', 'below it')
    .option('--owner <name>', 'of this owner')
    .option('--tag <tag>', 'with this tag')
    .option('--group <name>', 'of this machine group')
    .option('--state <states>', 'whose last run is so')
    .option('--next', 'by their next runs, in the job’s zone and in UTC')
    .option('--limit <n>', 'at most so many', count(100_000), 200)
    .addOption(watchOption())
    .addOption(projectOption())
    .addHelpText('after', examples('hera jobs', 'hera jobs orders --folder dw', 'hera jobs --next --limit 20'))
    .action(
      act(
        async (
          terminal,
          words: string[],
          { watch, ...options }: import('./commands/estate.js').JobsOptions & Watched,
        ) => {
          const { jobs } = await import('./commands/estate.js');
          return shown(terminal, watch, (page) => jobs(page, words, options));
        },
      ),
    );
  program
    .command('job')
    .argument('<job>', 'its id, a former id, or its old number')
    .argument('[dir]', 'with --resolved: a project')
    .description('one job as it is in force')
    .option(
      '--resolved',
      'every field with its value and what gave it: from the files of a project, else from the server',
    )
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera job dw/orders/load', 'hera job dw/orders/load --resolved', 'hera job 42 --resolved warehouse'),
    )
    .action(
      act(async (terminal, job: string, dir: string | undefined, options: { resolved?: boolean; project?: string }) =>
        options.resolved
          ? (await import('./commands/resolved.js')).resolved(terminal, job, dir, options)
          : (await import('./commands/estate.js')).job(terminal, job, options),
      ),
    );
  program
    .command('alerts')
    .description('what somebody on call must hear of, newest first, and whether it was delivered')
    .option('--limit <n>', 'at most so many', count(200), 20)
    .addOption(projectOption())
    .addHelpText('after', examples('hera alerts', "hera alerts --json | jq '.[].text'"))
    .action(
      act(async (terminal, options: { limit: number }) =>
        (await import('./commands/alerts.js')).alerts(terminal, options),
      ),
    );
  program
    .command('alert')
    .description('the webhook that alerts go to')
    .command('test')
    .description('send a test and say what became of it; exit 1 when it was not delivered')
    .addHelpText('after', examples('hera alert test'))
    .action(act(async (terminal) => (await import('./commands/alerts.js')).testAlert(terminal)));
  program
    .command('machines')
    .description('workers seen within a day, the silent ones too')
    .addOption(watchOption())
    .addHelpText('after', examples('hera machines', 'hera machines --watch 5'))
    .action(
      act(async (terminal, options: Watched) => {
        const { machines } = await import('./commands/estate.js');
        return shown(terminal, options.watch, machines);
      }),
    );
}
