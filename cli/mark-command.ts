import { type Command, Option } from 'commander';
import { examples, projectOption } from './options.js';
import type { Act } from './program.js';

/** Saying by hand how periods ended. */
export function addMark(program: Command, act: Act): void {
  program
    .command('mark')
    .argument('[period...]', 'JOB@PERIOD, or the number of a run; or give --job, --from and --to')
    .description('say by hand how periods ended; no process runs; prints its plan first')
    .addOption(
      new Option('--as <state>', 'what is true from now on')
        .choices(['succeeded', 'failed', 'skipped'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why; every marked run says so')
    .option('--job <glob>', 'a range: of these jobs; * within a segment, ** across')
    .option('--from <time>', 'inclusive')
    .option('--to <time>', 'exclusive')
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera mark dw/orders/load@2026-11-22 --as succeeded --reason "loaded by hand"',
        'hera mark ods/clicks@2026-11-22T02:30 4711 --as skipped --reason "the source had none" --yes',
        'hera mark --job "ods/**" --from 2026-11-01 --to 2026-11-08 --as succeeded --reason "before our time" --json',
      ),
    )
    .action(
      act(async (terminal, periods: string[], options: import('./commands/mark.js').MarkOptions) =>
        (await import('./commands/mark.js')).mark(terminal, periods, options),
      ),
    );
}
