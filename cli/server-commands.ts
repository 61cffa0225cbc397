import { type Command, Option } from 'commander';
import { collect, count, examples, keepHistory, keepLogs, region, size } from './options.js';
import type { Act } from './program.js';

// Commands that start and end processes: one machine, and its parts.

export function addServers(program: Command, act: Act): void {
  const stateDir = () => new Option('--state-dir <dir>', 'where everything is kept; default: .hera beside the project');
  program
    .command('up')
    .argument('[dir]', 'a project; its HEAD is put in force', '.')
    .description('all of Hera on this machine, until Ctrl-C or `hera down`')
    .option('--port <n>', 'of the server; default: 8620 or that of the last start', count(65_535))
    .addOption(stateDir())
    .option('--detach', 'in the background; returns when it answers')
    .option('--env <name=value>', 'an environment variable of all jobs (repeat)', collect, [])
    .option('--dirty', 'put the working tree in force, committed or not')
    .option('--no-pages', 'the API alone')
    .addOption(keepLogs())
    .addOption(region())
    .addOption(keepHistory())
    .addHelpText(
      'after',
      examples('hera up', 'hera up --detach --port 9000', 'DATABASE_URL=postgres://… TEMPORAL_ADDRESS=… hera up'),
    )
    .action(
      act(async (terminal, dir: string, options: { env: string[]; pages: boolean; detach?: boolean }) =>
        options.detach
          ? (await import('./commands/detach.js')).detach(terminal, dir, options)
          : (await import('./commands/up.js')).up(terminal, dir, options),
      ),
    );
  program
    .command('down')
    .argument('[dir]', 'the project of that `hera up`', '.')
    .description('end a `hera up` and wait until it is gone')
    .addOption(stateDir())
    .addHelpText('after', examples('hera down'))
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/down.js')).down(terminal, dir, options),
      ),
    );
  program
    .command('server')
    .description('the server, against DATABASE_URL and TEMPORAL_ADDRESS')
    .option('--port <n>', 'where it listens', count(65_535), 8620)
    .option('--host <address>', 'the address it listens on', '127.0.0.1')
    .option('--host-name <name>', 'a name by which browsers reach it (repeat)', collect, [])
    .option('--behind-proxy', 'the last proxy is ours: its X-Forwarded-For says from where a request comes')
    .option('--state-dir <dir>', "for the server's own repositories", '.hera')
    .addOption(keepLogs())
    .addOption(region())
    .addOption(keepHistory())
    .option('--no-pages', 'the API alone')
    .addHelpText('after', examples('hera server --host 0.0.0.0 --host-name hera.example.org'))
    .action(
      act(async (terminal, options: import('./commands/server.js').ServerCommand) =>
        (await import('./commands/server.js')).server(terminal, options),
      ),
    );
  program
    .command('worker')
    .description('run the jobs of machine groups on this host; the token is HERA_MACHINE_TOKEN or a file')
    .option('--group <name>', 'a machine group to serve (repeat); default: default', collect, [])
    .option('--url <url>', 'the control plane; default: HERA_URL')
    .option('--temporal <address>', 'default: TEMPORAL_ADDRESS')
    .option('--namespace <name>', 'of Temporal; default: TEMPORAL_NAMESPACE, else default')
    .option('--token-file <file>', 'holds the machine token')
    .option('--work-dir <dir>', 'work directories and spool', '.hera/work')
    .option('--slots <n>', 'at most so many processes of a group', count(10_000))
    .option('--output-cap <size>', 'of one attempt; beyond it, head and tail are kept; default: 1GiB', size)
    .option('--spool-quota <size>', 'of all output that waits here to be sent; default: 8GiB', size)
    .option('--env <name=value>', 'an environment variable of all jobs here (repeat)', collect, [])
    .addHelpText(
      'after',
      examples('HERA_MACHINE_TOKEN=… hera worker --group spark --group hadoop --url https://hera.example.org'),
    )
    .action(
      act(async (terminal, options: import('./commands/worker.js').WorkerCommand) =>
        (await import('./commands/worker.js')).worker(terminal, options),
      ),
    );
  program
    .command('doctor')
    .argument('[dir]', 'a project', '.')
    .description('what is installed, reachable and wrong here, and the remedy')
    .addOption(stateDir())
    .addHelpText('after', examples('hera doctor', 'hera doctor --json | jq \'.[] | select(.state == "wrong")\''))
    .action(
      act(async (terminal, dir: string, options: object) =>
        (await import('./commands/doctor.js')).doctor(terminal, dir, options),
      ),
    );
}
