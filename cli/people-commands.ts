import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, count, examples, projectOption } from './options.js';
import type { Act } from './program.js';

// Commands about people: signing in, accounts, teams, roles on folders, tokens, sessions.

const ROLES = ['viewer', 'operator', 'admin'];
const SCOPES = ['read', 'operate', 'plan', 'deploy', 'administer'];

export function addPeople(program: Command, act: Act): void {
  program
    .command('login')
    .argument('<url>', 'of the server')
    .description('keep the address and token of a server; the token comes from standard input or HERA_TOKEN')
    .addHelpText('after', examples('hera login https://hera.example.org < token'))
    .action(act(async (terminal, url: string) => (await import('./commands/login.js')).login(terminal, url)));
  addUsers(program, act);
  addTeams(program, act);
  addGrants(program, act);
  addTokens(program, act);
  addSessions(program, act);
  addAudit(program, act);
}

function addUsers(program: Command, act: Act): void {
  const user = program.command('user').description('accounts of people (admin)');
  const fromInput = 'asked for on a terminal, else the first line of standard input';
  user
    .command('list')
    .description('accounts, their roles and teams')
    .addHelpText('after', examples('hera user list'))
    .action(act(async (terminal) => (await import('./commands/user.js')).listUsers(terminal)));
  user
    .command('add')
    .argument('<name>', 'of the account: letters, digits, _ . @ -')
    .description('add an account; without a password it signs in by `hera token link --account` or the provider')
    .addOption(new Option('--role <role>', 'in the whole installation').choices(ROLES).default('viewer'))
    .option('--title <text>', 'the name of the person, in any script')
    .option('--password', `set one: ${fromInput}`)
    .addHelpText(
      'after',
      examples('hera user add ada --role operator --password', 'hera user add tom --title 汤姆 --password < file'),
    )
    .action(
      act(async (terminal, name: string, options: import('./commands/user.js').AddOptions) =>
        (await import('./commands/user.js')).addUser(terminal, name, options),
      ),
    );
  user
    .command('set')
    .argument('<name>', 'of the account')
    .description('change an account; a new password, and disabling it, end its sessions')
    .addOption(new Option('--role <role>', 'in the whole installation').choices(ROLES))
    .option('--title <text>', 'the name of the person')
    .option('--password', `set a new one: ${fromInput}`)
    .addOption(new Option('--disable', 'nobody signs in by it, its tokens are refused').conflicts('enable'))
    .option('--enable', 'the contrary')
    .option('--unlock', 'take tries at its password again at once')
    .addHelpText('after', examples('hera user set ada --role admin', 'hera user set tom --disable'))
    .action(
      act(async (terminal, name: string, options: import('./commands/user.js').SetOptions) =>
        (await import('./commands/user.js')).setUser(terminal, name, options),
      ),
    );
  user
    .command('remove')
    .argument('<name>', 'of the account')
    .description('remove an account with its tokens, sessions, teams and grants; what it did stays told')
    .addHelpText('after', examples('hera user remove tom'))
    .action(act(async (terminal, name: string) => (await import('./commands/user.js')).removeUser(terminal, name)));
}

function addTeams(program: Command, act: Act): void {
  const team = program.command('team').description('teams, which own jobs: `owner: trade`');
  team
    .command('list')
    .description('teams and who is in them: by the project’s file, an admin, a group of the provider')
    .addHelpText('after', examples('hera team list'))
    .action(act(async (terminal) => (await import('./commands/team.js')).listTeams(terminal)));
  for (const verb of ['add', 'remove'] as const)
    team
      .command(verb)
      .argument('<team>', 'its name')
      .argument('<account>', 'whom')
      .description(verb === 'add' ? 'put an account into a team (admin)' : 'take an account out again (admin)')
      .addHelpText('after', examples(`hera team ${verb} trade ada`))
      .action(
        act(async (terminal, name: string, account: string) =>
          (await import('./commands/team.js')).changeTeam(terminal, verb, name, account),
        ),
      );
  team
    .command('groups')
    .description('what groups of the OpenID provider give (admin)')
    .addHelpText('after', examples('hera team groups'))
    .action(act(async (terminal) => (await import('./commands/team.js')).listGroups(terminal)));
  team
    .command('map')
    .argument('<group>', 'of the provider')
    .description('let a group give a place in a team, or a role, from the next sign-in on (admin)')
    .option('--team <name>', 'the team')
    .addOption(new Option('--role <role>', 'in the whole installation').choices(ROLES).conflicts('team'))
    .addHelpText('after', examples('hera team map data-trade --team trade', 'hera team map data-ops --role operator'))
    .action(
      act(async (terminal, group: string, options: { team?: string; role?: string }) =>
        (await import('./commands/team.js')).mapGroup(terminal, group, options),
      ),
    );
  team
    .command('unmap')
    .argument('<id>', 'as `hera team groups` prints it')
    .description('a group gives that no more (admin)')
    .addHelpText('after', examples('hera team unmap 3'))
    .action(act(async (terminal, id: string) => (await import('./commands/team.js')).unmapGroup(terminal, id)));
}

function addGrants(program: Command, act: Act): void {
  const grant = program.command('grant').description('roles on folders and all that is below them');
  grant
    .command('list')
    .description('who has which role where')
    .addOption(projectOption())
    .addHelpText('after', examples('hera grant list'))
    .action(
      act(async (terminal, options: object) => (await import('./commands/grant.js')).listGrants(terminal, options)),
    );
  grant
    .command('add')
    .argument('[folder]', 'its path; none: the whole project', '')
    .description('give an account or a team a role on a folder (owner, admin); the nearest folder decides')
    .addOption(
      new Option('--role <role>', 'what it may there').choices(['viewer', 'operator', 'owner']).default('operator'),
    )
    .option('--account <name>', 'to whom')
    .option('--team <name>', 'to which team')
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera grant add dw/orders --team trade', 'hera grant add dw --account ada --role owner'),
    )
    .action(
      act(async (terminal, folder: string, options: import('./commands/grant.js').AddOptions) =>
        (await import('./commands/grant.js')).addGrant(terminal, folder, options),
      ),
    );
  grant
    .command('remove')
    .argument('<id>', 'as `hera grant list` prints it')
    .description('take a role on a folder back (owner, admin)')
    .addHelpText('after', examples('hera grant remove 7'))
    .action(act(async (terminal, id: string) => (await import('./commands/grant.js')).removeGrant(terminal, id)));
}

function addTokens(program: Command, act: Act): void {
  const token = program.command('token').description('tokens of people and machines, and sign-in links');
  token
    .command('create')
    .argument('<label>', 'what it is for')
    .description('make a token; its secret is printed once')
    .option('--account <name>', 'whose; default: yours (admin)')
    .addOption(new Option('--role <role>', 'of an account that is new (admin)').choices(ROLES))
    .addOption(
      new Option('--scope <scope>', 'narrow it (repeat); default: all that its account may').argParser(collectScope),
    )
    .option('--days <n>', 'how long it lives; default: until it is revoked', count(3650, 1))
    .option('--machine', 'for workers (admin)')
    .option('--group <name>', 'a machine group they may serve (repeat)', collect, [])
    .addHelpText(
      'after',
      examples(
        'hera token create laptop --days 90',
        'hera token create ci --account ci --role admin --scope deploy',
        'hera token create host-7 --machine --group spark',
      ),
    )
    .action(
      act(async (terminal, label: string, options: object) =>
        (await import('./commands/token.js')).createToken(terminal, label, options),
      ),
    );
  token
    .command('list')
    .description('living tokens: yours, and for an admin all')
    .addHelpText('after', examples('hera token list'))
    .action(act(async (terminal) => (await import('./commands/token.js')).listTokens(terminal)));
  token
    .command('revoke')
    .argument('<id>', 'as `hera token list` prints it')
    .description('end a token at once')
    .addHelpText('after', examples('hera token revoke 5c0a…'))
    .action(act(async (terminal, id: string) => (await import('./commands/token.js')).revokeToken(terminal, id)));
  token
    .command('link')
    .description('a link that signs a browser in, once, within ten minutes (admin)')
    .option('--account <name>', 'whose; default: yours')
    .addHelpText('after', examples('hera token link', 'hera token link --account ada'))
    .action(
      act(async (terminal, options: object) => (await import('./commands/token.js')).signInLink(terminal, options)),
    );
}

/** Gathers scopes; one that is none is told with those that are. */
function collectScope(value: string, before: readonly string[] = []): readonly string[] {
  if (SCOPES.includes(value)) return [...before, value];
  throw new InvalidArgumentError(`Allowed choices are ${SCOPES.join(', ')}.`);
}

function addSessions(program: Command, act: Act): void {
  const session = program.command('session').description('sessions of browsers: yours, and for an admin everybody’s');
  session
    .command('list')
    .description('living sessions, the last seen first')
    .option('--account <name>', 'whose; default: yours (admin)')
    .addHelpText('after', examples('hera session list', 'hera session list --account ada'))
    .action(
      act(async (terminal, options: { account?: string }) =>
        (await import('./commands/session.js')).listSessions(terminal, options),
      ),
    );
  session
    .command('revoke')
    .argument('[id]', 'as `hera session list` prints it')
    .description('end a session, or with --all every one of an account')
    .option('--all', 'all of them')
    .option('--account <name>', 'with --all: whose; default: yours (admin)')
    .addHelpText('after', examples('hera session revoke 5c0a…', 'hera session revoke --all --account tom'))
    .action(
      act(async (terminal, id: string | undefined, options: { all?: boolean; account?: string }) =>
        (await import('./commands/session.js')).revokeSession(terminal, id, options),
      ),
    );
}

function addAudit(program: Command, act: Act): void {
  program
    .command('audit')
    .description('every write: who, from where, what, before and after; newest first')
    .option('--who <account>', 'by whom')
    .option('--what <what>', 'such as run, cancel, mark, apply, grant, account.set')
    .option('--subject <id>', 'of what: a run, an operation, a deployment, an account …')
    .option('--from <time>', 'from here, inclusive (UTC); also now-24h')
    .option('--to <time>', 'to here, exclusive')
    .option('--limit <n>', 'at most so many', count(100_000, 1), 50)
    .addOption(projectOption())
    .addHelpText(
      'after',
      examples('hera audit --from now-24h', 'hera audit --what mark --json', 'hera audit --who ada'),
    )
    .action(
      act(async (terminal, options: { limit: number }) =>
        (await import('./commands/audit.js')).audit(terminal, options),
      ),
    );
}
