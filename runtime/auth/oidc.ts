// Signing in by a company's OpenID provider: authorization code with PKCE, state and nonce, by `openid-client`.
// In: settings, and the browser's way back. Out: who the provider says it is. The secrets of a sign-in under way are kept in the database,
// since the browser may come back to another server of the installation, and are bound to the browser by a cookie.
// Never here: what somebody may (`oidc-account.ts`), a token of the provider kept anywhere.

import * as oidc from 'openid-client';
import { Failure, invalid, unavailable } from '../errors.js';
import type { Role } from '../store/access.js';
import type { Database } from '../store/database.js';
import { insertOidcSignIn, takeOidcSignIn } from '../store/oidc-sign-in.js';
import { hashToken } from './tokens.js';

/** As the environment gives it: HERA_OIDC_ISSUER and its kin. */
export type OidcEnvironment = Readonly<
  Partial<
    Record<
      | 'issuer'
      | 'clientId'
      | 'clientSecret'
      | 'title'
      | 'publicUrl'
      | 'scope'
      | 'accountClaim'
      | 'groupsClaim'
      | 'defaultRole',
      string | undefined
    >
  >
>;

/** `defaultRole`: of whom no group gives one; null: such a person is refused. */
export type OidcSettings = Readonly<{
  issuer: URL;
  clientId: string;
  clientSecret: string | undefined;
  title: string;
  /** Where the provider sends the browser back to. */
  redirectUri: URL;
  scope: string;
  accountClaim: string;
  groupsClaim: string;
  defaultRole: Role | null;
}>;

/** Who the provider says it is. */
export type Identity = Readonly<{
  issuer: string;
  subject: string;
  name: string;
  title: string | null;
  groups: readonly string[];
}>;

export const CALLBACK = '/api/v1/session/oidc/callback';
const MINUTES = 10;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The settings, or undefined where no issuer is given. Throws `invalid` for what cannot work. */
export function oidcOf(env: OidcEnvironment): OidcSettings | undefined {
  if (env.issuer === undefined) return undefined;
  const issuer = parseUrl('HERA_OIDC_ISSUER', env.issuer);
  if (issuer.protocol !== 'https:' && !LOOPBACK.has(issuer.hostname))
    throw invalid('HERA_OIDC_ISSUER must be https', { help: 'http is for a provider on this machine only' });
  if (env.clientId === undefined) throw invalid('HERA_OIDC_CLIENT_ID is missing', { help: 'the provider gives it' });
  if (env.publicUrl === undefined)
    throw invalid('HERA_PUBLIC_URL is missing', {
      help: 'the address by which browsers reach this server: HERA_PUBLIC_URL=https://hera.example.org',
    });
  const { defaultRole = 'viewer' } = env;
  if (!['viewer', 'operator', 'none'].includes(defaultRole))
    throw invalid(`HERA_OIDC_DEFAULT_ROLE is ${defaultRole}`, { help: 'it is viewer, operator or none' });
  return {
    issuer,
    clientId: env.clientId,
    clientSecret: env.clientSecret,
    title: env.title ?? issuer.hostname,
    redirectUri: new URL(CALLBACK, parseUrl('HERA_PUBLIC_URL', env.publicUrl)),
    scope: env.scope ?? 'openid profile email',
    accountClaim: env.accountClaim ?? 'preferred_username',
    groupsClaim: env.groupsClaim ?? 'groups',
    defaultRole: defaultRole === 'none' ? null : (defaultRole as Role),
  };
}

function parseUrl(name: string, text: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw invalid(`${name} is no address of http or https`, { help: `${name}=https://host` });
}

export type Oidc = Readonly<{
  title: string;
  settings: OidcSettings;
  /** Where to send a browser, and the secret that it must bring back in a cookie. `next`: the page to come to in the end. */
  begin(next: string): Promise<Readonly<{ url: URL; state: string }>>;
  /** Who came back. Throws `forbidden` for what is not the sign-in that this browser began, or that the provider refused. */
  finish(query: URLSearchParams, state: string | undefined): Promise<Readonly<{ identity: Identity; next: string }>>;
}>;

/** The provider as it is asked; it is discovered at the first sign-in, and again after a failure. */
export function createOidc(database: Database, settings: OidcSettings): Oidc {
  let discovered: Promise<oidc.Configuration> | undefined;
  const provider = async (): Promise<oidc.Configuration> => {
    discovered ??= discover(settings);
    return discovered.catch((cause: unknown) => {
      discovered = undefined;
      throw unavailable('the OpenID provider does not answer', { help: 'sign in by a password or a link', cause });
    });
  };
  return {
    title: settings.title,
    settings,
    async begin(next) {
      const config = await provider();
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
      await insertOidcSignIn(database, { state: hashToken(state), nonce, verifier, next }, MINUTES);
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: settings.redirectUri.href,
        scope: settings.scope,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url, state };
    },
    async finish(query, state) {
      const begun =
        state === query.get('state') && state !== undefined
          ? await takeOidcSignIn(database, hashToken(state))
          : undefined;
      if (state === undefined || begun === undefined)
        throw refused('this sign-in was not begun here, or is over', 'unknown');
      const config = await provider();
      const came = new URL(settings.redirectUri);
      came.search = query.toString();
      const checks = {
        pkceCodeVerifier: begun.verifier,
        expectedState: state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      };
      const tokens = await oidc.authorizationCodeGrant(config, came, checks).catch((cause: unknown) => {
        throw refused('the OpenID provider did not let this sign-in pass', 'provider', cause);
      });
      const claims = tokens.claims()!;
      const more = config.serverMetadata().userinfo_endpoint
        ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub).catch(() => ({}))
        : {};
      return { identity: identityOf({ ...more, ...claims }, claims, settings), next: begun.next };
    },
  };
}

const discover = ({ issuer, clientId, clientSecret }: OidcSettings): Promise<oidc.Configuration> =>
  oidc.discovery(
    issuer,
    clientId,
    clientSecret,
    clientSecret === undefined ? oidc.None() : undefined,
    issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {},
  );

/** A sign-in that ends here; `kind` tells the page which words to say. */
export const refused = (message: string, kind: string, cause?: unknown): Failure =>
  new Failure('forbidden', message, { details: { oidc: kind }, ...(cause === undefined ? {} : { cause }) });

function identityOf(
  all: Readonly<Record<string, unknown>>,
  { iss, sub }: Readonly<{ iss: string; sub: string }>,
  { accountClaim, groupsClaim }: OidcSettings,
): Identity {
  const text = (name: string): string | null => (typeof all[name] === 'string' && all[name] !== '' ? all[name] : null);
  const groups = all[groupsClaim];
  return {
    issuer: iss,
    subject: sub,
    name: text(accountClaim) ?? text('email') ?? sub,
    title: text('name'),
    groups: Array.isArray(groups) ? groups.filter((one) => typeof one === 'string') : [],
  };
}
