import type { Role } from '../store/access.js';

// Who may ask what: every endpoint, once. One that is not in this table is refused to everybody, and a test walks it.
// A viewer reads; an operator also runs, cancels and plans; an admin also deploys and gives out tokens.

export type Access = Role | 'anyone';

export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /api/health': 'anyone',
  'POST /api/v1/session': 'anyone',
  'DELETE /api/v1/session': 'viewer',
  'GET /api/openapi.json': 'viewer',
  'GET /api/v1/me': 'viewer',
  'GET /api/v1/projects': 'viewer',
  'GET /api/v1/jobs': 'viewer',
  'GET /api/v1/jobs/facets': 'viewer',
  'GET /api/v1/job': 'viewer',
  'GET /api/v1/job/preview': 'viewer',
  'GET /api/v1/runs': 'viewer',
  'GET /api/v1/runs/:run': 'viewer',
  'GET /api/v1/runs/:run/preview': 'viewer',
  'GET /api/v1/runs/:run/attempts/:n/log': 'viewer',
  'GET /api/v1/runs/:run/attempts/:n/log/stream': 'viewer',
  'GET /api/v1/events': 'viewer',
  'GET /api/v1/deployments': 'viewer',
  'GET /api/v1/machines': 'viewer',
  'GET /api/v1/operations/:id': 'viewer',
  'GET /api/v1/alerts': 'viewer',
  'POST /api/v1/alerts/test': 'operator',
  'POST /api/v1/operations/run': 'operator',
  'POST /api/v1/operations/backfill': 'operator',
  'POST /api/v1/operations/cancel': 'operator',
  'POST /api/v1/operations/mark': 'operator',
  'POST /api/v1/operations/freeze': 'operator',
  'POST /api/v1/operations/unfreeze': 'operator',
  'GET /api/v1/freezes': 'viewer',
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/explain': 'viewer',
  'POST /api/v1/deployments/plan': 'operator',
  'POST /api/v1/deployments': 'admin',
  'POST /api/v1/deployments/rollback/plan': 'operator',
  'POST /api/v1/deployments/rollback': 'admin',
  'GET /api/v1/sources': 'viewer',
  'PUT /api/v1/sources': 'admin',
  'DELETE /api/v1/sources': 'admin',
  // It applies what the branch has, which an admin has set.
  'POST /api/v1/sources/check': 'operator',
  'GET /api/v1/drift': 'operator',
  'POST /api/v1/drift': 'operator',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'GET /api/v1/machine-tokens': 'admin',
  'POST /api/v1/machine-tokens': 'admin',
  'DELETE /api/v1/machine-tokens/:id': 'admin',
  'POST /api/v1/sign-in-links': 'admin',
};

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

/** Whether a role may do what `needed` may. */
export const allows = (role: Role, needed: Access): boolean => needed === 'anyone' || RANK[role] >= RANK[needed];
