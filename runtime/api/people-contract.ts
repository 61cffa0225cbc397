// The shapes of people: accounts, teams, grants, sessions, the audit.

import { z } from '@hono/zod-openapi';
import { GRANTED } from '../auth/rights.js';
import { SCOPES } from './access.js';

const instant = z.iso.datetime();
export const role = z.enum(['viewer', 'operator', 'admin']);

/** Who asks. `via`: `ui`, `cli`, `token:<label>`. */
export const me = z.object({ account: z.string(), role, via: z.string() });

/** Who asks, and what is known of him: where he is more than the role of his account says. */
export const meInFull = me.extend({
  title: z.string().nullable(),
  hasPassword: z.boolean(),
  /** To what the token is narrowed; null: to nothing. */
  scopes: z.array(z.enum(SCOPES)).nullable(),
  teams: z.array(z.string()),
  grants: z.array(z.object({ project: z.string(), folder: z.string(), role: z.enum(GRANTED) })),
});

export const account = z.object({
  account: z.string(),
  title: z.string().nullable(),
  role,
  hasPassword: z.boolean(),
  /** Whether an OpenID provider vouches for it. */
  isOidc: z.boolean(),
  disabled: z.boolean(),
  createdAt: instant,
  lastSignInAt: instant.nullable(),
});

/** A team: `project` is the one whose file names it; null: an admin or a group of the provider made it. */
export const team = z.object({
  team: z.string(),
  project: z.string().nullable(),
  title: z.string().nullable(),
  members: z.array(z.object({ account: z.string(), source: z.enum(['file', 'admin', 'oidc']) })),
});

/** What a group of the OpenID provider gives: a place in a team, or a role. */
export const oidcGroup = z.object({
  id: z.string(),
  group: z.string(),
  team: z.string().nullable(),
  role: role.nullable(),
});

/** A role on a folder, for an account or a team. */
export const grant = z.object({
  id: z.string(),
  project: z.string(),
  /** Empty: the whole project. */
  folder: z.string(),
  role: z.enum(GRANTED),
  account: z.string().nullable(),
  team: z.string().nullable(),
  grantedBy: z.string(),
  grantedAt: instant,
});

export const session = z.object({
  id: z.string(),
  account: z.string(),
  way: z.enum(['link', 'password', 'oidc']),
  address: z.string().nullable(),
  /** What the browser calls itself. */
  agent: z.string().nullable(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  /** The one that asks. */
  isThis: z.boolean(),
});

/** How one may sign in here, beside a link. `oidc`: what the button says; null: there is no provider. */
export const signInWays = z.object({ password: z.boolean(), oidc: z.string().nullable() });

export type Account = z.infer<typeof account>;
export type Grant = z.infer<typeof grant>;
export type Me = z.infer<typeof me>;
export type MeInFull = z.infer<typeof meInFull>;
export type OidcGroup = z.infer<typeof oidcGroup>;
export type Session = z.infer<typeof session>;
export type SignInWays = z.infer<typeof signInWays>;
export type Team = z.infer<typeof team>;

/** One write. `body` has what belongs to it: `before` and `after`, a plan's hash, a reason. */
export const auditLine = z.object({
  id: z.string(),
  at: instant,
  project: z.string().nullable(),
  who: z.string(),
  /** `ui`, `cli`, `token:<label>`, `oidc`, or the part of Hera that did it. */
  via: z.string(),
  /** From where it was asked; null: by Hera itself, or not for you to know. */
  address: z.string().nullable(),
  what: z.string(),
  subject: z.string().nullable(),
  body: z.record(z.string(), z.unknown()),
});

export type AuditLine = z.infer<typeof auditLine>;
