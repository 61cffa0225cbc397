import { makeSignInLink, registerMachineToken, registerToken } from '../runtime/auth/tokens.js';
import { ensureAccount, hasAccounts } from '../runtime/store/access.js';
import { openDatabase } from '../runtime/store/database.js';

/** The account of whoever runs `hera up` on his own machine. */
export const LOCAL_ACCOUNT = 'admin';

/** Makes the secrets of a state directory valid on its own server: the command line's token and the worker's. Asking again changes nothing. */
export async function registerLocal(
  databaseUrl: string,
  secrets: Readonly<{ cli: string; machine: string; machineGroups: readonly string[] }>,
): Promise<void> {
  const database = openDatabase(databaseUrl, { max: 1, name: 'hera-up' });
  try {
    await ensureAccount(database, LOCAL_ACCOUNT, 'admin');
    await registerToken(database, secrets.cli, LOCAL_ACCOUNT, 'hera up');
    await registerMachineToken(database, secrets.machine, 'hera up', secrets.machineGroups);
  } finally {
    await database.end({ timeout: 5 });
  }
}

/** On a server that knows nobody yet: makes the first admin and a sign-in link for him. Undefined when somebody is known. */
export async function firstSignIn(databaseUrl: string): Promise<string | undefined> {
  const database = openDatabase(databaseUrl, { max: 1, name: 'hera-server' });
  try {
    if (await hasAccounts(database)) return undefined;
    await ensureAccount(database, LOCAL_ACCOUNT, 'admin');
    return (await makeSignInLink(database, LOCAL_ACCOUNT)).secret;
  } finally {
    await database.end({ timeout: 5 });
  }
}
