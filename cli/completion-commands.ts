import { Argument, type Command } from 'commander';
import { SHELLS, type Shell } from './completion.js';
import { examples } from './options.js';
import type { Act } from './program.js';

/** What makes a shell complete our command lines. */
export function addCompletion(program: Command, act: Act): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'of which').choices(SHELLS))
    .description('print what makes a shell complete commands, options and names of jobs')
    .addHelpText(
      'after',
      examples(
        'echo "source <(hera completion bash)" >> ~/.bashrc',
        'echo "source <(hera completion zsh)" >> ~/.zshrc',
        'hera completion fish > ~/.config/fish/completions/hera.fish',
      ),
    )
    .action(
      act(async (terminal, shell: Shell) => (await import('./commands/completion.js')).completion(terminal, shell)),
    );
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'all after `hera`, the unfinished one last')
    .description('what may stand at the cursor; the scripts of `hera completion` ask it')
    .addHelpText('after', examples('hera complete -- back'))
    .action(
      act(async (terminal, words: string[]) =>
        (await import('./commands/completion.js')).completeWords(terminal, program, words),
      ),
    );
}
