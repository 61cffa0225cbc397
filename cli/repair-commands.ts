import { type Command, Option } from 'commander';
import { collect, count, examples, projectOption } from './options.js';
import type { Act } from './program.js';

/** Running again what failed, or what was wrong and consumed. */
export function addRepairs(program: Command, act: Act): void {
  addRecover(program, act);
  addCascade(program, act);
  program
    .command('cascades')
    .description('super-recoveries, newest first, and how far they are')
    .option('--limit <n>', 'at most so many', count(200, 1), 20)
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera cascades', 'hera cascades --json | jq \'.[] | select(.progress == "stopped")\''),
    )
    .action(
      act(async (terminal, options: { limit: number; project?: string }) =>
        (await import('./commands/cascade.js')).cascades(terminal, options),
      ),
    );
}

function addRecover(program: Command, act: Act): void {
  program
    .command('recover')
    .argument('[period...]', 'JOB@PERIOD, or the number of a run; or give --state, --from and --to')
    .description('run periods again as production would (手动恢复): needs are not awaited; prints its plan first')
    .addOption(
      new Option('--state <states...>', 'a range: what ended so; failed are those that timed out, too').choices([
        'failed',
        'timed_out',
        'cancelled',
        'skipped',
      ]),
    )
    .option('--job <glob>', 'of a range: only these jobs; * within a segment, ** across')
    .option('--from <time>', 'inclusive')
    .option('--to <time>', 'exclusive')
    .addOption(
      new Option('--downstream <what>', 'what failed behind them: run again after its needs, or leave')
        .choices(['missing', 'none'])
        .default('missing'),
    )
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .option('--wait', 'until all have ended; exit 1 if one did not succeed')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera recover dw/orders/load@2026-11-22',
        'hera recover 4711 4712 --downstream none --yes',
        'hera recover --state failed --from 2026-11-22 --to 2026-11-23 --job "dw/**" --yes --wait',
      ),
    )
    .action(
      act(async (terminal, periods: string[], options: import('./commands/recover.js').RecoverOptions) =>
        (await import('./commands/recover.js')).recover(terminal, periods, options),
      ),
    );
}

function addCascade(program: Command, act: Act): void {
  const cascade = program
    .command('cascade')
    .argument('[period...]', 'JOB@PERIOD, or the number of a run: where it begins')
    .description('run periods and everything behind them, each once, in order (超级恢复); prints its plan first')
    .option('--folder <path>', 'only jobs below this folder; may be repeated', collect, [])
    .option('--job <glob>', 'only these jobs; * within a segment, ** across')
    .option('--depth <n>', 'only jobs so many needs away', count(1000))
    .option('--until <time>', 'only periods before this time')
    .option('--only-failed', 'only what failed or timed out, and what waits')
    .addOption(
      new Option('--in-flight <what>', 'members that are under way: await their end, or cancel them')
        .choices(['wait', 'cancel'])
        .default('wait'),
    )
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .option('--wait', 'until it has ended or is stopped; exit 1 if one did not succeed')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera cascade ods/orders@2026-11-22',
        'hera cascade ods/orders@2026-11-22 --folder dw --until 2026-11-24 --yes',
        'hera cascade show 12',
        'hera cascade resume 12 --yes',
        'hera cascade cancel 12 --yes',
      ),
    )
    .action(
      act(async (terminal, periods: string[], options: import('./commands/cascade.js').CascadeOptions) =>
        (await import('./commands/cascade.js')).cascade(terminal, periods, options),
      ),
    );
  cascade
    .command('show')
    .argument('<id>', 'its number')
    .description('how far a cascade is: each period in the order of its plan')
    .addHelpText('after', examples('hera cascade show 12', "hera cascade show 12 --json | jq '.states'"))
    .action(act(async (terminal, id: string) => (await import('./commands/cascade.js')).show(terminal, id)));
  for (const [verb, description] of [
    ['resume', 'ask again what did not succeed; what waits behind it goes on; prints its plan first'],
    ['cancel', 'end it: what has not begun is what it was before, what runs is cancelled; prints its plan first'],
  ] as const)
    cascade
      .command(verb)
      .argument('<id>', 'its number')
      .description(description)
      .option('--plan <hash>', 'do exactly this plan (else exit 6)')
      .option('--yes', 'do it without asking')
      .addHelpText('after', examples(`hera cascade ${verb} 12`, `hera cascade ${verb} 12 --yes`))
      .action(
        act(async (terminal, id: string, _options: object) => {
          const options = cascade.commands
            .find((one) => one.name() === verb)!
            .optsWithGlobals<{ plan?: string; yes?: boolean }>();
          return (await import('./commands/cascade.js')).change(terminal, verb, id, options);
        }),
      );
}
