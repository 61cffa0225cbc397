import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isAtLeast,
  isWithin,
  roleEverywhere,
  roleOn,
  roleOnFolder,
  type Standing,
} from '../../../runtime/auth/rights.js';
import type { FolderGrant } from '../../../runtime/store/grant.js';

const none: ReadonlySet<string> = new Set();
const standing = (more: Partial<Standing>): Standing => ({
  ...{ account: 'ada', role: 'viewer', grants: [], teams: none, teamsOf: () => none },
  ...more,
});
const grant = (folder: string, role: FolderGrant['role'], project = 'shop'): FolderGrant => ({ project, folder, role });
const job = (path: string, owner: string | null = null) => ({ path, owner });

test('a folder is a prefix with a border: dw is not over dwh', () => {
  expect([isWithin('dw', 'dw/a'), isWithin('dw', 'dw'), isWithin('dw', 'dwh/a'), isWithin('', 'dwh/a')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test('the nearest folder with a grant decides, also when it gives less; on one folder the highest counts', () => {
  const ada = standing({
    role: 'operator',
    grants: [
      grant('dw', 'owner'),
      grant('dw/secret', 'viewer'),
      grant('dw/secret/mine', 'viewer'),
      grant('dw/secret/mine', 'operator'),
    ],
  });
  expect(roleOn(ada, 'shop', job('dw/a'))).toBe('owner');
  expect(roleOn(ada, 'shop', job('dw/secret/a'))).toBe('viewer');
  expect(roleOn(ada, 'shop', job('dw/secret/mine/a'))).toBe('operator');
  expect(roleOn(ada, 'shop', job('ods/a'))).toBe('operator');
  expect(roleOn(ada, 'other', job('dw/a'))).toBe('operator');
});

test('who owns a job, alone, by a team, or by a team of the project’s own file, owns it whatever grants say', () => {
  const file = (project: string): ReadonlySet<string> => (project === 'shop' ? new Set(['filed']) : none);
  const ada = standing({ teams: new Set(['trade']), teamsOf: file, grants: [grant('', 'viewer')] });
  for (const owner of ['ada', 'trade', 'filed']) expect(roleOn(ada, 'shop', job('dw/a', owner))).toBe('owner');
  expect(roleOn(ada, 'other', job('dw/a', 'filed'))).toBe('viewer');
  expect(roleOn(ada, 'shop', job('dw/a', 'risk'))).toBe('viewer');
});

test('a folder is owned by who owns every job in it, and an empty one by nobody', () => {
  const ada = standing({ teams: new Set(['trade']) });
  const jobs = [job('dw/a', 'trade'), job('dw/b', 'trade'), job('dw/x/c', 'risk'), job('ods/d', 'trade')];
  expect(roleOnFolder(ada, 'shop', 'ods', jobs)).toBe('owner');
  expect(roleOnFolder(ada, 'shop', 'dw', jobs)).toBe('viewer');
  expect(roleOnFolder(ada, 'shop', 'nothing', jobs)).toBe('viewer');
});

const segment = fc.constantFrom('a', 'b', 'ab');
const folder = fc.array(segment, { maxLength: 3 }).map((parts) => parts.join('/'));
const grants = fc.array(
  fc.record({
    project: fc.constantFrom('shop', 'other'),
    folder,
    role: fc.constantFrom('viewer' as const, 'operator' as const, 'owner' as const),
  }),
  { maxLength: 6 },
);
const role = fc.constantFrom('viewer' as const, 'operator' as const, 'admin' as const);
const LEVELS = ['viewer', 'operator', 'owner', 'admin'];

/** The rule word by word: from the job's folder up, the first folder for which anything was given. */
function walkUp(role: Standing['role'], given: readonly FolderGrant[], path: string): string {
  if (role === 'admin') return 'admin';
  const parts = path.split('/');
  for (let n = parts.length; n >= 0; n -= 1) {
    const here = given.filter((one) => one.project === 'shop' && one.folder === parts.slice(0, n).join('/'));
    if (here.length > 0) return LEVELS[Math.max(...here.map((one) => LEVELS.indexOf(one.role)))]!;
  }
  return role;
}

test('over random grants the role on a job is what a walk up its folders finds', () => {
  fc.assert(
    fc.property(role, grants, fc.array(segment, { minLength: 1, maxLength: 4 }), (role, grants, parts) => {
      const path = parts.join('/');
      expect(roleOn(standing({ role, grants }), 'shop', job(path))).toBe(walkUp(role, grants, path));
    }),
    { numRuns: 2000 },
  );
});

test('what somebody may everywhere, that one may on every job; only an admin keeps more than a grant gives', () => {
  fc.assert(
    fc.property(role, grants, fc.array(segment, { minLength: 1, maxLength: 4 }), (role, grants, parts) => {
      const ada = standing({ role, grants });
      expect(isAtLeast(roleOn(ada, 'shop', job(parts.join('/'))), roleEverywhere(ada))).toBe(true);
      if (role === 'admin') expect(roleEverywhere(ada)).toBe('admin');
    }),
    { numRuns: 2000 },
  );
});
