import type { Command } from 'commander';
import { count, examples, projectOption } from './options.js';
import type { Act } from './program.js';

// Commands around a deployment: going back, drift, the branch that deploys, following a branch, the hooks of a bare repository.

export function addDeployments(program: Command, act: Act): void {
  program
    .command('rollback')
    .description('put the commit of an earlier deployment in force again; prints its plan first')
    .option('--to <deployment>', 'which; default: the one before what is in force')
    .option('--reason <text>', 'why, for those who come after')
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .option('--allow-prune', 'also when it removes more than a quarter of the jobs')
    .addOption(projectOption())
    .addHelpText('after', examples('hera rollback', 'hera rollback --to 41 --reason "orders were counted twice" --yes'))
    .action(
      act(async (terminal, options: import('./commands/rollback.js').RollbackOptions) =>
        (await import('./commands/rollback.js')).rollback(terminal, options),
      ),
    );
  program
    .command('drift')
    .description('what differs from what is deployed: schedules in Temporal, and the branch that deploys')
    .option('--heal', 'make the schedules as deployed, now')
    .option('--detailed-exitcode', 'exit 2 when something differs')
    .addOption(projectOption())
    .addHelpText('after', examples('hera drift', 'hera drift --detailed-exitcode --json', 'hera drift --heal'))
    .action(
      act(async (terminal, options: import('./commands/drift.js').DriftOptions) =>
        (await import('./commands/drift.js')).drift(terminal, options),
      ),
    );
  addSync(program, act);
  addSource(program, act);
  addHook(program, act);
}

function addSync(program: Command, act: Act): void {
  program
    .command('sync')
    .argument('<repository>', 'a path or address that git can read here')
    .description('follow a branch from here: what is new there is applied, until Ctrl-C')
    .option('--branch <name>', 'which', 'main')
    .option('--under <folder>', 'the folder of the project', '')
    .option('--once', 'only once; exit 1 when it is not in force then')
    .option('--every <seconds>', 'how often it looks', count(86_400), 30)
    .option('--state-dir <dir>', 'where the fetched commits are kept', '.hera/sync')
    .addHelpText(
      'after',
      examples('hera sync https://git.example.org/shop.git', 'hera sync /srv/git/shop.git --branch release --once'),
    )
    .action(
      act(async (terminal, repository: string, options: import('./commands/sync.js').SyncOptions) =>
        (await import('./commands/sync.js')).sync(terminal, repository, options),
      ),
    );
}

function addSource(program: Command, act: Act): void {
  const source = program
    .command('source')
    .description('the branch a project is deployed from, which the server follows');
  source
    .command('list', { isDefault: true })
    .description('all of them, and whether they are in force')
    .addHelpText('after', examples('hera source', 'hera source list --json'))
    .action(act(async (terminal) => (await import('./commands/source.js')).listSources(terminal)));
  source
    .command('set')
    .argument('<repository>', 'a path or address that the server can read; -: it reads none, only the branch is fixed')
    .description(
      'only this branch deploys from now on; the server compares it with what is in force every 30 s (admin)',
    )
    .option('--branch <name>', 'which', 'main')
    .option('--under <folder>', 'the folder of the project', '')
    .addOption(projectOption())
    .addHelpText('after', examples('hera source set /srv/git/shop.git', 'hera source set - --branch release'))
    .action(
      act(async (terminal, repository: string, options: import('./commands/source.js').SourceOptions) =>
        (await import('./commands/source.js')).setSource(terminal, repository, options),
      ),
    );
  source
    .command('check')
    .description('compare it with what is in force now, and apply what is newer')
    .addOption(projectOption())
    .addHelpText('after', examples('hera source check'))
    .action(
      act(async (terminal, options: object) => (await import('./commands/source.js')).checkSource(terminal, options)),
    );
  source
    .command('remove')
    .description('let any branch deploy again (admin)')
    .addOption(projectOption())
    .addHelpText('after', examples('hera source remove'))
    .action(
      act(async (terminal, options: object) => (await import('./commands/source.js')).removeSource(terminal, options)),
    );
}

function addHook(program: Command, act: Act): void {
  const hook = program
    .command('hook')
    .description('hooks of a bare repository: refuse broken pushes, deploy right ones');
  hook
    .command('install')
    .argument('<repository>', 'a bare repository, where people push to')
    .description('write the hooks; an older hook is kept and runs first')
    .option('--project <name>', 'the project it holds; default: what the branch says')
    .option('--branch <name>', 'the one that deploys; default: the repository’s own')
    .option('--under <folder>', 'the folder of the project')
    .option('--source <address>', 'how the server reaches this repository; default: by this path')
    .option('--limit <seconds>', 'the longest that a push waits for the server', count(3600), 60)
    .option('--no-server', 'only check pushes')
    .option('--no-token', "no token of the hook's own: a push uses what the pusher's account knows")
    .addHelpText(
      'after',
      examples('hera hook install /srv/git/shop.git', 'hera hook install shop.git --branch release'),
    )
    .action(
      act(async (terminal, dir: string, options: import('./commands/hook.js').HookOptions) =>
        (await import('./commands/hook.js')).installHook(terminal, dir, options),
      ),
    );
  hook
    .command('remove')
    .argument('<repository>', 'the bare repository')
    .description('take the hooks away and put older ones back')
    .addHelpText('after', examples('hera hook remove /srv/git/shop.git'))
    .action(act(async (terminal, dir: string) => (await import('./commands/hook.js')).removeHook(terminal, dir)));
  hook
    .command('receive', { hidden: true })
    .argument('<stage>', 'pre-receive or post-receive')
    .description('what the hooks call, with the updates of a push on standard input')
    .action(
      act(async (terminal, stage: 'pre-receive' | 'post-receive') =>
        (await import('./commands/hook.js')).receive(terminal, stage),
      ),
    );
}
