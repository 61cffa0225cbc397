import { hash, verify } from '@node-rs/argon2';
import { invalid } from '../errors.js';

export const PASSWORD_LEAST = 12;
const PASSWORD_MOST = 200;

// argon2id as OWASP advises for servers: 19 MiB, two passes, one lane; some 30 ms.
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The hash of a password, as a PHC string that carries its own salt and cost. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFC'), COST);

// Of a password that nobody has: an account that is not there takes as long as one that is.
let nobodys: Promise<string> | undefined;

/** Whether the password is the one of this hash; without a hash it is not, after as long a time. */
export async function isPassword(stored: string | undefined, password: string): Promise<boolean> {
  if (password.length > PASSWORD_MOST) return false;
  nobodys ??= hashPassword('nobody has this one');
  const isRight = await verify(stored ?? (await nobodys), password.normalize('NFC'));
  return isRight && stored !== undefined;
}

/** Throws `invalid` for a password that is too short, too long, or only the account's name over again. Nothing is asked of its letters. */
export function refuseWeak(account: string, password: string): void {
  const length = [...password].length;
  if (length < PASSWORD_LEAST || password.length > PASSWORD_MOST)
    throw invalid(`a password has ${PASSWORD_LEAST} to ${PASSWORD_MOST} characters`, {
      help: 'take four words that have nothing to do with each other',
    });
  if (new Set(password).size < 4 || password.toLowerCase().replaceAll(account.toLowerCase(), '').length < 4)
    throw invalid('this password is too easy to guess', {
      help: 'take four words that have nothing to do with each other',
    });
}
