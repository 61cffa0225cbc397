import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Hera, startHera } from '../support/hera.js';

// Rollbacks over a real control plane; commits are numbers of a line, the later descends from the earlier.

let hera: Hera;
beforeAll(async () => {
  hera = await startHera({ worker: false });
});
afterAll(() => hera.stop());

const JOB = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
type Files = Readonly<Record<string, string>>;
const commitOf = (n: number): string => createHash('sha1').update(`commit ${n}`).digest('hex');
const numberOf = new Map(Array.from({ length: 50 }, (_, n) => [commitOf(n), n]));

/** A project whose commits are numbered. */
function project(name: string) {
  const trees = new Map<number, Files>();
  const request = async (n: number, files: Files) => {
    trees.set(n, files);
    const all = { 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files };
    const info = { commit: commitOf(n), subject: `commit ${n}`, author: 'ada', committedAt: new Date(0), dirty: false };
    const [force] = await hera.database<
      { id: string | null }[]
    >`select deployment as id from project where name = ${name}`;
    return {
      tree: new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)])),
      info,
      plannedOn: force?.id ?? null,
      allowPrune: false,
      by: 'ada',
      via: 'test',
      isDescendantOf: async (ancestor: string, descendant = info.commit) =>
        numberOf.get(ancestor)! <= numberOf.get(descendant)!,
    };
  };
  return {
    apply: async (n: number, files: Files) => hera.running.control.apply(await request(n, files)),
    judge: async (n: number, files: Files) => {
      const asked = await request(n, files);
      const { planned } = await hera.running.control.plan(asked);
      return hera.running.control.judge(asked.info, asked, planned!);
    },
    rollback: async (deployment: string, n: number, reason: string | null = null, more: object = {}) =>
      hera.running.control.apply({ ...(await request(n, trees.get(n)!)), restores: { deployment, reason }, ...more }),
    jobs: async () => {
      const rows = await hera.database<{ path: string; number: string }[]>`
        select jd.path, jd.job as number from job_definition jd join job on job.id = jd.job and job.path = jd.path and job.removed_in is null
        where jd.project = ${name} and jd.until is null order by jd.path`;
      return Object.fromEntries(rows.map((row) => [row.path, row.number]));
    },
  };
}

test('a rollback is a new deployment that says what it restores, who did it and why', async () => {
  const shop = project('back');
  const first = await shop.apply(1, { 'a.yaml': JOB });
  await shop.apply(2, { 'a.yaml': `${JOB}retries: { times: 3, wait: 1m }\n` });
  const back = await shop.rollback(first.deployment, 1, 'too many retries');
  expect(back.already).toBe(false);
  const [row] =
    await hera.database`select commit, restores, reason, applied_by from deployment where id = ${back.deployment}`;
  expect(row).toEqual({
    commit: commitOf(1),
    restores: first.deployment,
    reason: 'too many retries',
    applied_by: 'ada',
  });
  const [audit] =
    await hera.database`select what, body->>'restores' as restores from audit where subject = ${back.deployment}`;
  expect(audit).toEqual({ what: 'rollback', restores: first.deployment });
});

test('what was rolled back is refused, whoever brings it; the next newer commit is taken, with a caution', async () => {
  const shop = project('next');
  const first = await shop.apply(1, { 'a.yaml': JOB });
  const broken = { 'a.yaml': `${JOB}tags: [broken]\n` };
  const second = await shop.apply(3, broken);
  await shop.rollback(first.deployment, 1, 'wrong numbers');
  await expect(shop.apply(3, broken)).rejects.toMatchObject({
    code: 'conflict',
    more: { details: { refusal: 'rolled-back' } },
  });
  await expect(shop.apply(2, broken)).rejects.toMatchObject({ more: { details: { refusal: 'rolled-back' } } });
  const { refusals, cautions } = await shop.judge(4, { 'a.yaml': `${JOB}tags: [mended]\n` });
  expect([refusals, cautions]).toEqual([
    [],
    [expect.stringMatching(/contains [0-9a-f]{10} again.*by ada.*wrong numbers/)],
  ]);
  const third = await shop.apply(4, { 'a.yaml': `${JOB}tags: [mended]\n` });
  expect(Number(third.deployment)).toBeGreaterThan(Number(second.deployment));
  const [audit] =
    await hera.database`select body->'cautions' as cautions from audit where subject = ${third.deployment}`;
  expect(audit?.cautions).toHaveLength(1);
});

test('rollbacks one after the other take back all they passed; a rollback to the last takes it again', async () => {
  const shop = project('twice');
  const [a, b, c] = [{ 'a.yaml': JOB }, { 'a.yaml': `${JOB}tags: [b]\n` }, { 'a.yaml': `${JOB}tags: [c]\n` }] as const;
  const one = await shop.apply(1, a);
  const two = await shop.apply(2, b);
  const three = await shop.apply(3, c);
  await shop.rollback(two.deployment, 2);
  await shop.rollback(one.deployment, 1);
  for (const [n, files] of [
    [2, b],
    [3, c],
  ] as const)
    await expect(shop.apply(n, files)).rejects.toMatchObject({ more: { details: { refusal: 'rolled-back' } } });
  await shop.rollback(three.deployment, 3);
  expect((await shop.apply(3, c)).already).toBe(true);
  expect((await shop.apply(4, a)).already).toBe(false);
});

test('a removed job is there again with its number, and a renamed one under its old name with its number', async () => {
  const shop = project('numbers');
  const before = { 'a.yaml': JOB, 'b.yaml': JOB, 'c.yaml': JOB, 'd.yaml': JOB, 'e.yaml': JOB };
  const first = await shop.apply(1, before);
  const numbers = await shop.jobs();
  await shop.apply(2, { 'a.yaml': JOB, 'c.yaml': JOB, 'd.yaml': JOB, 'x.yaml': `formerly: [e]\n${JOB}` });
  // A new job takes the path that the renamed one left.
  await shop.apply(3, {
    'a.yaml': JOB,
    'c.yaml': JOB,
    'd.yaml': JOB,
    'x.yaml': JOB,
    'e.yaml': `${JOB}tags: [another]\n`,
  });
  expect((await shop.jobs()).x).toBe(numbers.e);
  const back = await shop.rollback(first.deployment, 1);
  expect(await shop.jobs()).toEqual(numbers);
  expect(back.planned.changes.map(({ job, kind }) => `${kind} ${job}`).sort()).toEqual([
    'add b',
    'change e',
    'remove e',
  ]);
  const names = await hera.database<{ path: string }[]>`select path from job where path like '-/%'`;
  expect([...names]).toEqual([]);
});

test('a rollback that would remove much is guarded as any other', async () => {
  const shop = project('guard');
  const few = await shop.apply(1, { 'a.yaml': JOB });
  await shop.apply(2, { 'a.yaml': JOB, 'b.yaml': JOB, 'c.yaml': JOB });
  await expect(shop.rollback(few.deployment, 1)).rejects.toMatchObject({ more: { details: { refusal: 'prune' } } });
  expect((await shop.rollback(few.deployment, 1, null, { allowPrune: true })).already).toBe(false);
});
