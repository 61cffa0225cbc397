import { isAtLeast } from '../auth/rights.js';
import type { Role, Scope } from '../store/access.js';

// Who may ask what: every endpoint with the permission it needs, once, and what each permission needs. An endpoint that is not in this
// table is refused to everybody; a test walks every endpoint as every role and with every scope.
// `job` and `folder`: the handler asks again for each object that the request is about; the door lets in who has the role on any.

/** What a token may be narrowed to. Each of them reads too. */
export const SCOPES = ['read', 'operate', 'plan', 'deploy', 'administer'] as const satisfies readonly Scope[];

export type Permission = keyof typeof PERMISSIONS;

type Needs = Readonly<{
  role: Role | 'owner';
  scopes: readonly Scope[];
  on: 'installation' | 'job' | 'folder' | 'self';
}>;

export const PERMISSIONS = {
  /** Also who has not signed in. */
  anyone: null,
  read: { role: 'viewer', scopes: SCOPES, on: 'self' },
  /** One's own password, sessions and tokens; of others only as an admin. */
  self: { role: 'viewer', scopes: ['administer'], on: 'self' },
  /** What starts, ends or holds back runs of some jobs. */
  'operate-job': { role: 'operator', scopes: ['operate'], on: 'job' },
  operate: { role: 'operator', scopes: ['operate'], on: 'installation' },
  plan: { role: 'operator', scopes: ['plan', 'deploy'], on: 'installation' },
  deploy: { role: 'admin', scopes: ['deploy'], on: 'installation' },
  /** Giving a role on a folder. */
  grant: { role: 'owner', scopes: ['administer'], on: 'folder' },
  administer: { role: 'admin', scopes: ['administer'], on: 'installation' },
} as const satisfies Readonly<Record<string, Needs | null>>;

export const ACCESS: Readonly<Record<string, Permission>> = {
  'GET /api/health': 'anyone',
  'POST /api/v1/session': 'anyone',
  'DELETE /api/v1/session': 'read',
  'GET /api/openapi.json': 'read',
  'GET /api/v1/openapi.json': 'read',
  'GET /api/v1/audit': 'read',
  'GET /api/v1/me': 'read',
  'GET /api/v1/projects': 'read',
  'GET /api/v1/jobs': 'read',
  'GET /api/v1/jobs/facets': 'read',
  'GET /api/v1/job': 'read',
  'GET /api/v1/job/preview': 'read',
  'GET /api/v1/runs': 'read',
  'GET /api/v1/runs/:run': 'read',
  'GET /api/v1/runs/:run/preview': 'read',
  'GET /api/v1/runs/:run/attempts/:n/log': 'read',
  'GET /api/v1/runs/:run/attempts/:n/log/stream': 'read',
  'GET /api/v1/events': 'read',
  'GET /api/v1/deployments': 'read',
  'GET /api/v1/machines': 'read',
  'GET /api/v1/operations/:id': 'read',
  'GET /api/v1/alerts': 'read',
  'POST /api/v1/alerts/test': 'operate',
  'POST /api/v1/operations/run': 'operate-job',
  'POST /api/v1/operations/backfill': 'operate-job',
  'GET /api/v1/backfills': 'read',
  'GET /api/v1/backfills/:id': 'read',
  'POST /api/v1/backfills/:id/pause': 'operate-job',
  'POST /api/v1/backfills/:id/resume': 'operate-job',
  'POST /api/v1/backfills/:id/set': 'operate-job',
  'POST /api/v1/backfills/:id/retry': 'operate-job',
  'POST /api/v1/backfills/:id/cancel': 'operate-job',
  'POST /api/v1/operations/cancel': 'operate-job',
  'POST /api/v1/operations/cancel-runs': 'operate-job',
  'POST /api/v1/operations/mark': 'operate-job',
  'POST /api/v1/operations/recover': 'operate-job',
  'POST /api/v1/operations/cascade': 'operate-job',
  'POST /api/v1/cascades/:id/resume': 'operate-job',
  'POST /api/v1/cascades/:id/cancel': 'operate-job',
  'GET /api/v1/cascades': 'read',
  'GET /api/v1/cascades/:id': 'read',
  'POST /api/v1/operations/freeze': 'operate-job',
  'POST /api/v1/operations/unfreeze': 'operate-job',
  'GET /api/v1/freezes': 'read',
  'GET /api/v1/status': 'read',
  'GET /api/v1/explain': 'read',
  'POST /api/v1/deployments/plan': 'plan',
  'POST /api/v1/deployments': 'deploy',
  'POST /api/v1/deployments/rollback/plan': 'plan',
  'POST /api/v1/deployments/rollback': 'deploy',
  'GET /api/v1/sources': 'read',
  'PUT /api/v1/sources': 'deploy',
  'DELETE /api/v1/sources': 'deploy',
  // It applies what the branch has, which an admin has set.
  'POST /api/v1/sources/check': 'operate',
  'GET /api/v1/drift': 'plan',
  'POST /api/v1/drift': 'operate',
  'GET /api/v1/sign-in-ways': 'anyone',
  'GET /api/v1/session/oidc': 'anyone',
  'GET /api/v1/session/oidc/callback': 'anyone',
  'PUT /api/v1/me/password': 'self',
  'GET /api/v1/sessions': 'self',
  'DELETE /api/v1/sessions': 'self',
  'DELETE /api/v1/sessions/:id': 'self',
  'GET /api/v1/tokens': 'self',
  'POST /api/v1/tokens': 'self',
  'DELETE /api/v1/tokens/:id': 'self',
  'GET /api/v1/machine-tokens': 'administer',
  'POST /api/v1/machine-tokens': 'administer',
  'DELETE /api/v1/machine-tokens/:id': 'administer',
  'POST /api/v1/sign-in-links': 'administer',
  'GET /api/v1/accounts': 'administer',
  'POST /api/v1/accounts': 'administer',
  'PATCH /api/v1/accounts/:account': 'administer',
  'DELETE /api/v1/accounts/:account': 'administer',
  'GET /api/v1/teams': 'read',
  'PUT /api/v1/teams/:team/members/:account': 'administer',
  'DELETE /api/v1/teams/:team/members/:account': 'administer',
  'GET /api/v1/oidc-groups': 'administer',
  'POST /api/v1/oidc-groups': 'administer',
  'DELETE /api/v1/oidc-groups/:id': 'administer',
  'GET /api/v1/grants': 'read',
  'POST /api/v1/grants': 'grant',
  'DELETE /api/v1/grants/:id': 'grant',
};

/** Whether an account of this role, without any grant, has a permission. */
export const allows = (role: Role, permission: Permission): boolean => {
  const needs = PERMISSIONS[permission];
  return needs === null || isAtLeast(role, needs.role);
};

/** Whether a token that is narrowed to `scopes` (null: it is not) has a permission. */
export const isInScope = (scopes: readonly Scope[] | null, permission: Permission): boolean => {
  const needs: Needs | null = PERMISSIONS[permission];
  return needs === null || scopes === null || needs.scopes.some((scope) => scopes.includes(scope));
};
