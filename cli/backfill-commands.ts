import { type Command, InvalidArgumentError, Option } from 'commander';
import { count, examples, projectOption } from './options.js';
import type { Act } from './program.js';
import { shown, type Watched, watchOption } from './redraw.js';

/** Ranges of periods, and what people do with them while they go. */
export function addBackfills(program: Command, act: Act): void {
  const backfill = program
    .command('backfill')
    .argument('[job]', 'the same as --job')
    .description('run every period of a range (任务重跑), and lead what goes; prints its plan first')
    .option('--from <time>', 'inclusive')
    .option('--to <time>', 'exclusive')
    .option('--job <glob>', 'which jobs: * within a segment, ** across; default: all that have ticks')
    .addOption(new Option('--only <which>', 'of the periods').choices(['all', 'missing', 'failed']).default('all'))
    .option('--downstream', 'also what awaits these periods, directly or through others')
    .addOption(
      new Option('--order <order>', 'which of the periods that may start goes first')
        .choices(['forward', 'backward'])
        .default('forward'),
    )
    .option('--parallel <n>', 'so many runs at once; default: 1', count(1000, 1))
    .option('--window <from-to>', "runs start only then, by the project's clock: 22:00-06:00")
    .addOption(
      new Option('--retries <n>', 'how often each is tried again; default: as its job says').argParser(retries),
    )
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .option('--wait', 'until all have ended or nothing moves any more; exit 1 if one did not succeed')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera backfill --job "dw/**" --from 2026-11-01 --to 2026-11-08',
        'hera backfill ods/orders --from 2026-11-01 --to 2026-12-01 --only missing --yes --wait',
        'hera backfill ods/orders --from 2025-01-01 --to 2026-01-01 --order backward --parallel 4 --window 22:00-06:00',
        'hera backfill set 12 --parallel 8',
      ),
    )
    .action(
      act(async (terminal, job: string | undefined, options: import('./commands/backfill.js').BackfillOptions) =>
        (await import('./commands/backfill.js')).backfill(terminal, job, options),
      ),
    );
  addLeading(backfill, act);
  addSteps(backfill, act);
  program
    .command('backfills')
    .description('backfills, newest first, how far they are and when they will have ended')
    .option('--open', 'only those that have not ended')
    .option('--limit <n>', 'at most so many', count(100, 1), 20)
    .addOption(watchOption())
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera backfills', 'hera backfills --open --watch', "hera backfills --json | jq '.[].endsAt'"),
    )
    .action(
      act(async (terminal, { watch, ...options }: { limit: number; open?: boolean; project?: string } & Watched) => {
        const { backfills } = await import('./commands/backfill.js');
        return shown(terminal, watch, (page) => backfills(page, options));
      }),
    );
}

/** A number, or `none`. */
function retries(text: string): number | 'none' {
  if (text === 'none') return text;
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('a whole number from 0 to 100');
}

function addLeading(backfill: Command, act: Act): void {
  const named = (verb: string, description: string): Command =>
    backfill.command(verb).argument('<id>', 'its number').description(description);
  named('show', 'how far a backfill is, and how it goes')
    .addOption(watchOption())
    .addHelpText('after', examples('hera backfill show 12', 'hera backfill show 12 --watch'))
    .action(
      act(async (terminal, id: string, { watch }: Watched) => {
        const { show } = await import('./commands/backfill.js');
        return shown(terminal, watch, (page) => show(page, id));
      }),
    );
  for (const [verb, description] of [
    ['pause', 'start nothing more of a backfill; what runs goes on'],
    ['resume', 'let a backfill go on where it was'],
  ] as const)
    named(verb, description)
      .addHelpText('after', examples(`hera backfill ${verb} 12`))
      .action(act(async (terminal, id: string) => (await import('./commands/backfill.js')).lead(terminal, verb, id)));
  const set = named('set', 'change the pace of a backfill while it goes')
    .option('--parallel <n>', 'so many runs at once', count(1000, 1))
    .option('--window <from-to>', 'runs start only then: 22:00-06:00; none: at any time')
    .addOption(new Option('--retries <n>', 'how often each is tried again; none: as its job says').argParser(retries))
    .addHelpText('after', examples('hera backfill set 12 --parallel 8', 'hera backfill set 12 --window none'));
  set.action(
    act(async (terminal, id: string) =>
      (await import('./commands/backfill.js')).setPace(terminal, id, set.optsWithGlobals()),
    ),
  );
}

function addSteps(backfill: Command, act: Act): void {
  for (const [verb, description] of [
    ['retry', 'run the failed members again, also of a backfill that has ended; prints its plan first'],
    ['cancel', 'end all of it: what has not begun is what it was before, what runs is ended; prints its plan first'],
  ] as const) {
    const command = backfill
      .command(verb)
      .argument('<id>', 'its number')
      .description(description)
      .option('--plan <hash>', 'do exactly this plan (else exit 6)')
      .option('--yes', 'do it without asking')
      .addHelpText('after', examples(`hera backfill ${verb} 12`, `hera backfill ${verb} 12 --yes`));
    command.action(
      act(async (terminal, id: string) =>
        (await import('./commands/backfill.js')).step(terminal, verb, id, command.optsWithGlobals()),
      ),
    );
  }
}
