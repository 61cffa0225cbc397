import type { Command } from 'commander';
import { examples, projectOption } from './options.js';
import type { Act } from './program.js';

/** What people hold back for a while. */
export function addFreezes(program: Command, act: Act): void {
  program
    .command('freeze')
    .argument('[scope]', 'project, group:NAME, folder:PATH, job:ID, or a job or folder by its name')
    .description('hold back what the scheduler starts by itself; what runs goes on; prints its plan first')
    .option('--upstream-of <job>', 'instead: this job and all that it needs, directly or through others')
    .option('--downstream-of <job>', 'instead: this job and all that needs it')
    .requiredOption('--reason <text>', 'why; every run that waits says so')
    .option('--until <time>', 'when it ends by itself: 2h, or a time; default: when somebody ends it')
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera freeze dw/orders --reason "source is being migrated" --until 4h',
        'hera freeze group:spark --reason "cluster upgrade" --yes',
        'hera freeze --downstream-of ods/orders --reason "wrong since 02:00"',
        'hera freeze project --reason "data centre moves" --until 2026-11-23T06:00 --json',
      ),
    )
    .action(
      act(async (terminal, scope: string | undefined, options: import('./commands/freeze.js').FreezeOptions) =>
        (await import('./commands/freeze.js')).freeze(terminal, scope, options),
      ),
    );
  program
    .command('unfreeze')
    .argument('[scope]', 'as it was frozen, or the number of the freeze')
    .description('end a freeze: what waits for nothing else starts at once; prints its plan first')
    .option('--upstream-of <job>', 'instead: the chain that was frozen so')
    .option('--downstream-of <job>', 'instead: the chain that was frozen so')
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .addOption(projectOption())
    .addHelpText('after', examples('hera unfreeze dw/orders', 'hera unfreeze group:spark --yes', 'hera unfreeze 12'))
    .action(
      act(async (terminal, scope: string | undefined, options: import('./commands/freeze.js').UnfreezeOptions) =>
        (await import('./commands/freeze.js')).unfreeze(terminal, scope, options),
      ),
    );
  program
    .command('freezes')
    .description('what is frozen: why, by whom, until when')
    .option('--ended', 'also those that ended: the last 200, newest first')
    .addOption(projectOption())
    .addHelpText('after', examples('hera freezes', "hera freezes --ended --json | jq '.[].reason'"))
    .action(
      act(async (terminal, options: { ended?: boolean; project?: string }) =>
        (await import('./commands/freeze.js')).freezes(terminal, options),
      ),
    );
}
