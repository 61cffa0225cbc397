import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogues, findInForce } from '../../../runtime/api/catalogue.js';
import { OK, type PlainControl, plainControl } from '../../support/plain-control.js';
import { type Estate, filesOf, START, steps, take } from '../../support/renaming.js';

// A job is a number: whatever it is called, its facts, runs and old number go with it. Held over random histories of commits on a real
// database, each written as an author writes it and compiled as a push is.

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

type InForce = Readonly<{ number: string; path: string; kept: string; description: string }>;

const inForce = (project: string): Promise<readonly InForce[]> =>
  hera.database<InForce[]>`
    select jd.job as number, jd.path, job.path as kept, definition.body->>'description' as description
    from job_definition jd join job on job.id = jd.job join definition on definition.hash = jd.hash
    where jd.project = ${project} and jd.until is null order by jd.path`;

const SHOP = 'name: PROJECT\nzone: UTC\n';
const JOB = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
const DAY = '2030-01-05T00:00:00Z';
let projects = 0;
const newProject = () => {
  const name = `rename-${++projects}`;
  return { name, files: { 'hera.project.yaml': SHOP.replace('PROJECT', name) } };
};

describe('a rename', () => {
  test('through any history each job keeps its number, and a path set free begins a new one', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const { name, files } = newProject();
        let who = START.size;
        let estate: Estate = START;
        await hera.apply({ ...files, ...filesOf(estate) }, { on: null });
        const numbers = new Map<number, string>();
        for (const step of [null, ...history]) {
          if (step !== null) {
            estate = take(estate, step, () => who++);
            if (estate.size === 0) return;
            await hera.apply({ ...files, ...filesOf(estate) });
          }
          const rows = await inForce(name);
          expect(rows.map(({ path }) => path)).toEqual([...estate.keys()].sort());
          for (const { number, path, kept, description } of rows) {
            const job = estate.get(path)!;
            expect(kept).toBe(path);
            expect(description).toBe(`job ${job.who}, ${job.text}`);
            const known = numbers.get(job.who);
            if (known === undefined) expect([...numbers.values()]).not.toContain(number);
            else expect(number).toBe(known);
            numbers.set(job.who, number);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('an exchange keeps facts, waiting and live runs with their jobs, and the new names run on', async () => {
    const { name, files } = newProject();
    const down = (need: string) => `needs: [${need}]\nrun: { shell: "true" }\n`;
    await hera.apply({ ...files, 'ex/a.yaml': JOB, 'ex/b.yaml': JOB, 'ex/down.yaml': down('ex/a') }, { on: null });
    await hera.tick(DAY);
    await hera.end('ex/b', DAY, OK);
    const [live, ended, waits] = [
      await hera.run('ex/a', DAY),
      await hera.run('ex/b', DAY),
      await hera.run('ex/down', DAY),
    ];
    await hera.apply({
      ...files,
      'ex/a.yaml': `formerly: [ex/b]\n${JOB}`,
      'ex/b.yaml': `formerly: [ex/a]\n${JOB}`,
      'ex/down.yaml': down('ex/b'),
    });
    await hera.payPages();
    expect(await hera.run('ex/b', DAY)).toMatchObject({ id: live.id, state: 'queued', live: 1 });
    expect(await hera.run('ex/a', DAY)).toMatchObject({ id: ended.id, fact: 'succeeded' });
    expect(await hera.run('ex/down', DAY)).toMatchObject({ id: waits.id, state: 'waiting' });
    await hera.end('ex/b', DAY, OK);
    expect(await hera.run('ex/down', DAY)).toMatchObject({ state: 'queued' });
    await hera.tick('2030-01-06T00:00:00Z');
    const workflows = await hera.database<{ workflow: string }[]>`
      select workflow_id as workflow from run where project = ${name} and period >= ${DAY} order by period, id`;
    expect(new Set(workflows.map(({ workflow }) => workflow)).size).toBe(6);
  });

  test('goes with the old number, a removed job gives its path away, and a job removed under it stays apart', async () => {
    const { name, files } = newProject();
    await hera.apply({ ...files, 'a.yaml': `alias: 7\n${JOB}`, 'b.yaml': JOB, 'c.yaml': JOB }, { on: null });
    const before = new Map((await inForce(name)).map((row) => [row.path, row.number]));
    await hera.apply({ ...files, 'a.yaml': `alias: 7\n${JOB}`, 'c.yaml': JOB });
    await hera.apply({ ...files, 'b.yaml': `alias: 8\nformerly: [a]\n${JOB}`, 'c.yaml': JOB });
    const [b] = await hera.database`
      select id, alias from job where project = ${name} and path = 'b' and removed_in is null`;
    expect(b).toEqual({ id: before.get('a'), alias: 8 });
  });
});

describe('an old name', () => {
  const named = async (project: string, name: string): Promise<string> => {
    const catalogue = (await createCatalogues(hera.database).of(project))!;
    return (await findInForce(hera.database, catalogue, name)).path;
  };

  test('finds its job, also when the file says it no more; a job that has the name now wins', async () => {
    const { name, files } = newProject();
    await hera.apply({ ...files, 'a.yaml': JOB, 'z.yaml': JOB }, { on: null });
    await hera.apply({ ...files, 'b.yaml': `formerly: [a]\nalias: 42\n${JOB}`, 'z.yaml': JOB });
    await hera.apply({ ...files, 'b.yaml': `alias: 42\n${JOB}`, 'z.yaml': JOB });
    expect(await named(name, 'a')).toBe('b');
    expect(await named(name, '42')).toBe('b');
    await hera.apply({ ...files, 'a.yaml': JOB, 'b.yaml': JOB, 'z.yaml': JOB });
    expect(await named(name, 'a')).toBe('a');
  });

  test('that several living jobs had finds none of them, and says which there are', async () => {
    const { name, files } = newProject();
    await hera.apply({ ...files, 'a.yaml': JOB }, { on: null });
    await hera.apply({ ...files, 'b.yaml': `formerly: [a]\n${JOB}` });
    await hera.apply({ ...files, 'a.yaml': JOB, 'b.yaml': JOB });
    await hera.apply({ ...files, 'b.yaml': JOB, 'c.yaml': `formerly: [a]\n${JOB}` });
    await expect(named(name, 'a')).rejects.toMatchObject({ code: 'not-found', more: { help: 'name one: c, b' } });
  });
});
