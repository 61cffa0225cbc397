import { Command, Option } from 'commander';
import { VERSION } from '../runtime/version.js';
import { addBackfills } from './backfill-commands.js';
import { addCompletion } from './completion-commands.js';
import { addDeployments } from './deploy-commands.js';
import { addFreezes } from './freeze-commands.js';
import { addMark } from './mark-command.js';
import { count, examples, projectOption } from './options.js';
import { addPeople } from './people-commands.js';
import { addReading } from './reading-commands.js';
import { addRepairs } from './repair-commands.js';
import { addServers } from './server-commands.js';
import { openTerminal, type Terminal } from './terminal.js';

// The commands: names, options, examples. What a command does is loaded only when it is asked, so that help is quick.

/** The program; `done` is told each command's exit code. */
export function createProgram(done: (code: number) => void): Command {
  const program = new Command('hera')
    .description('A job scheduler whose jobs live in git')
    .version(VERSION)
    .option('--json', 'results as JSON on standard output, nothing else there')
    .showHelpAfterError('(hera --help lists the commands)');
  const act =
    <A extends unknown[]>(run: (terminal: Terminal, ...args: A) => Promise<number>) =>
    async (...args: [...A, Command]): Promise<void> => {
      const terminal = openTerminal({ json: program.opts<{ json?: boolean }>().json });
      done(await run(terminal, ...(args.slice(0, -1) as unknown as A)));
    };
  addProject(program, act);
  addDeploy(program, act);
  addDeployments(program, act);
  addServers(program, act);
  addOperations(program, act);
  addRepairs(program, act);
  addBackfills(program, act);
  addMark(program, act);
  addFreezes(program, act);
  addReading(program, act);
  addPeople(program, act);
  addCompletion(program, act);
  for (const command of allCommands(program))
    if (command !== program) command.option('--json', 'results as JSON').hook('preAction', liftJson);
  return program;
}

/** Makes a command's function an action: it gets the terminal, and its answer is the exit code. */
export type Act = <A extends unknown[]>(
  run: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** `--json` may stand before or after the command. */
function liftJson(_: Command, command: Command): void {
  if (command.optsWithGlobals<{ json?: boolean }>().json) {
    let root = command;
    while (root.parent) root = root.parent;
    root.setOptionValue('json', true);
  }
}

const allCommands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(allCommands)];

function addProject(program: Command, act: Act): void {
  program
    .command('init')
    .argument('[dir]', 'where', '.')
    .description('write a small working project with git, editor settings and CI')
    .option('--name <name>', 'the project; default: the folder')
    .option('--zone <zone>', "its IANA zone; default: this machine's")
    .option('--calendar <country>', 'a calendar of its workdays in calendars/: cn, mainland China')
    .addHelpText('after', examples('hera init warehouse', 'hera init . --zone Asia/Shanghai --calendar cn'))
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/init.js')).init(terminal, dir, options),
      ),
    );
  program
    .command('validate')
    .argument('[dir]', 'a project', '.')
    .description('say what is wrong with the files as they are; needs no server')
    .option('--format <list>', 'text, json, github, sarif, junit, markdown; several: text,sarif=FILE')
    .option('--output <file>', 'where the format goes; default: standard output')
    .option('--watch', 'check again whenever a file changes, until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        'hera validate',
        'hera validate --json | jq length',
        'hera validate --watch',
        'hera validate --format text,github',
        'hera validate --format text,sarif=hera.sarif,junit=reports/hera.xml',
        'hera validate --format markdown --output comment.md',
      ),
    )
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/validate.js')).validate(terminal, dir, options),
      ),
    );
  program
    .command('explain-code')
    .argument('[code]', 'a code of a diagnostic; without one, all are listed')
    .description('what a code of the compiler means, with an example and its repair; needs no server')
    .addHelpText('after', examples('hera explain-code HERA2003', 'hera explain-code 2003', 'hera explain-code'))
    .action(
      act(async (terminal, code: string | undefined) =>
        (await import('./commands/explain-code.js')).explainCode(terminal, code),
      ),
    );
  program
    .command('schema')
    .argument('[name]', 'job, folder, project or calendar; without one, all')
    .description('print the JSON Schema of YAML files, for editors; needs no server')
    .option('--output <dir>', 'write all schemas, and the declarations for TypeScript, into a folder instead')
    .addHelpText('after', examples('hera schema job > job.schema.json', 'hera schema --output .types/hera'))
    .action(
      act(async (terminal, name: string | undefined, options: { output?: string }) =>
        (await import('./commands/schema.js')).schema(terminal, name, options),
      ),
    );
  program
    .command('compile')
    .argument('[dir]', 'a project', '.')
    .description('print the manifest: every job with all defaults applied; needs no server')
    .addHelpText('after', examples("hera compile | jq '.jobs[].id'"))
    .action(act(async (terminal, dir: string) => (await import('./commands/compile.js')).compile(terminal, dir)));
  program
    .command('simulate')
    .argument('[dir]', 'a project', '.')
    .description('the runs of a stretch of time and the periods each awaits, without a server: one JSON object a line')
    .requiredOption('--from <time>', 'periods from here, inclusive: RFC 3339, 2026-11-22, 2026-11-22T02:30 in its zone')
    .requiredOption('--to <time>', 'periods to here, exclusive')
    .option('--job <glob>', 'of which jobs: * within a segment, ** across')
    .addHelpText(
      'after',
      examples(
        'hera simulate --from 2026-11-22 --to 2026-11-23',
        "hera simulate warehouse --from 2026-01-01 --to 2027-01-01 --job 'dw/**' | jq -r .period",
      ),
    )
    .action(
      act(async (terminal, dir: string, options: { from: string; to: string; job?: string }) =>
        (await import('./commands/simulate.js')).simulate(terminal, dir, options),
      ),
    );
  program
    .command('render')
    .usage('[options] [dir] <job>')
    .argument('<names...>', 'a project, if it is not this directory, and a job: its id, a former id, or its old number')
    .description(
      'the script of a job as it would run for a period, its templates rendered, or its command line; needs no server',
    )
    .requiredOption('--period <time>', 'RFC 3339, 2026-11-22, 2026-11-22T02:30 in its zone, or 12 digits')
    .option('--region <name>', 'as where an installation stands in this region; default: in none')
    .option('--command', 'the command line instead of the script')
    .option('--fragment <text>', 'this text instead of the script, in its dialect and with its variables')
    .addHelpText(
      'after',
      examples(
        'hera render dw/orders/load --period 2026-11-22',
        'hera render warehouse dw/orders/load --period 2026-11-22T02:30 > load.sh',
        'hera render dw/orders/load --period 2026-11-22 --command',
        "hera render 42 --period 202611220230 --fragment '${date-1d:yyyy-MM-dd}'",
      ),
    )
    .action(
      act(
        async (
          terminal,
          names: string[],
          options: { period: string; fragment?: string; region?: string; command?: boolean },
        ) => (await import('./commands/render.js')).render(terminal, names, options),
      ),
    );
}

function addDeploy(program: Command, act: Act): void {
  program
    .command('plan')
    .argument('[dir]', 'a git working directory', '.')
    .description('say what putting HEAD in force would change')
    .option('--dirty', 'the working tree as it is, against your own `hera up`')
    .option('--detailed-exitcode', 'exit 2 when something would change')
    .addOption(
      new Option('--format <format>', 'for people, scripts or a pull request').choices(['text', 'json', 'markdown']),
    )
    .addHelpText(
      'after',
      examples('hera plan', 'hera plan --detailed-exitcode; echo $?', 'hera plan --format markdown > comment.md'),
    )
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/plan.js')).plan(terminal, dir, options),
      ),
    );
  program
    .command('apply')
    .argument('[dir]', 'a git working directory', '.')
    .description('put HEAD in force, exactly as planned')
    .option('--plan <hash>', 'only if this is still the plan (else exit 6)')
    .option('--allow-prune', 'also when it removes more than a quarter of the jobs')
    .option('--mark-missing', 'mark succeeded what next runs await and was never run; the plan lists it')
    .option('--branch <name>', 'by which branch it comes; default: the one checked out, or that of the CI job')
    .option('--dirty', 'the working tree as it is, against your own `hera up`')
    .addHelpText('after', examples('hera apply', 'hera apply --plan 1f3c9a', 'hera apply --mark-missing'))
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/plan.js')).apply(terminal, dir, options),
      ),
    );
  program
    .command('deployments')
    .description('applied commits, newest first')
    .addOption(projectOption())
    .option('--limit <n>', 'at most so many', count(200), 20)
    .addHelpText('after', examples('hera deployments'))
    .action(
      act(async (terminal, options: { limit: number }) =>
        (await import('./commands/estate.js')).deployments(terminal, options),
      ),
    );
}

function addOperations(program: Command, act: Act): void {
  program
    .command('run')
    .argument('<job>', 'its id, a former id, or its old number')
    .description('run a job by hand now: needs are not awaited, nothing is released')
    .option('--period <time>', 'which; default: the latest tick')
    .option('--var <name=value...>', 'variables and parameters for this run only')
    .option('--group <name>', 'another machine group of the project, for this run only')
    .option('--wait', 'until it ends; the exit code is the outcome')
    .option('--follow', 'with its output, until it ends')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera run dw/orders/load',
        'hera run dw/orders/load --period 2026-11-22 --follow',
        'hera run dw/orders/load --var day=2026-11-01 --var mode=fast --group spare',
      ),
    )
    .action(
      act(async (terminal, job: string, options: object) =>
        (await import('./commands/operate.js')).run(terminal, job, options),
      ),
    );
  program
    .command('cancel')
    .argument('[run]', 'its number, or JOB@PERIOD; or, for many, --job, --state, --from, --to')
    .description('end what a run does now, or what it owes; of many prints its plan first')
    .option('--owed', 'also what waits beside a turn by hand')
    .option('--job <glob>', 'many: of these jobs; * within a segment, ** across')
    .option('--state <states>', 'many: that are so, joined by commas: waiting, queued, running; default: all of these')
    .option('--from <time>', 'many: periods from here, inclusive')
    .option('--to <time>', 'many: periods to here, exclusive')
    .option('--plan <hash>', 'do exactly this plan (else exit 6)')
    .option('--yes', 'do it without asking')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples(
        'hera cancel 4711',
        'hera cancel dw/orders/load@2026-11-22',
        "hera cancel --job 'dw/**' --state waiting,queued --to now --yes",
      ),
    )
    .action(
      act(async (terminal, run: string | undefined, options: import('./commands/operate.js').CancelOptions) => {
        const { cancel, cancelMany } = await import('./commands/operate.js');
        return run === undefined ? cancelMany(terminal, options) : cancel(terminal, run, options);
      }),
    );
}
