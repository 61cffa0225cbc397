import { homedir } from 'node:os';
import { join } from 'node:path';
import type { OidcEnvironment } from '../runtime/auth/oidc.js';

/** What the command line takes from its surroundings; read here and nowhere else. */
export type Environment = Readonly<{
  all: Readonly<Record<string, string | undefined>>;
  url: string | undefined;
  token: string | undefined;
  machineToken: string | undefined;
  databaseUrl: string | undefined;
  temporalAddress: string | undefined;
  temporalNamespace: string;
  /** The branch that a CI job runs for: there the checkout often names none. */
  ciBranch: string | undefined;
  /** Where alerts go, and the secret by which they are signed. */
  alertUrl: string | undefined;
  alertSecret: string | undefined;
  /** The OpenID provider of a server. */
  oidc: OidcEnvironment;
  /** Where the user's own file of connections is. */
  configDir: string;
  color: boolean;
}>;

const given = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text);

/** `terminal`: whether results go to one. NO_COLOR and TERM=dumb switch colours off, FORCE_COLOR on. */
export function readEnvironment(env: NodeJS.ProcessEnv, terminal: boolean): Environment {
  const forced = given(env.FORCE_COLOR) !== undefined && env.FORCE_COLOR !== '0';
  const forbidden = given(env.NO_COLOR) !== undefined || env.TERM === 'dumb' || given(env.CI) !== undefined;
  return {
    all: env,
    url: given(env.HERA_URL),
    token: given(env.HERA_TOKEN),
    machineToken: given(env.HERA_MACHINE_TOKEN),
    databaseUrl: given(env.DATABASE_URL),
    temporalAddress: given(env.TEMPORAL_ADDRESS),
    temporalNamespace: given(env.TEMPORAL_NAMESPACE) ?? 'default',
    ciBranch:
      given(env.CI_COMMIT_BRANCH) ?? (env.GITHUB_REF_TYPE === 'branch' ? given(env.GITHUB_REF_NAME) : undefined),
    alertUrl: given(env.HERA_ALERT_URL),
    alertSecret: given(env.HERA_ALERT_SECRET),
    oidc: {
      issuer: given(env.HERA_OIDC_ISSUER),
      clientId: given(env.HERA_OIDC_CLIENT_ID),
      clientSecret: given(env.HERA_OIDC_CLIENT_SECRET),
      title: given(env.HERA_OIDC_TITLE),
      publicUrl: given(env.HERA_PUBLIC_URL),
      scope: given(env.HERA_OIDC_SCOPE),
      accountClaim: given(env.HERA_OIDC_ACCOUNT_CLAIM),
      groupsClaim: given(env.HERA_OIDC_GROUPS_CLAIM),
      defaultRole: given(env.HERA_OIDC_DEFAULT_ROLE),
    },
    configDir: given(env.HERA_CONFIG_DIR) ?? join(given(env.XDG_CONFIG_HOME) ?? join(homedir(), '.config'), 'hera'),
    color: forced || (terminal && !forbidden),
  };
}
