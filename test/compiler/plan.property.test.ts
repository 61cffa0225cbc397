import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../compiler/index.js';
import { definitionHash, type Job, type Manifest } from '../../compiler/manifest/index.js';
import { type Changes, type DeployedJob, planChanges, sourceOf } from '../../compiler/plan/index.js';

// Over random estates through the real compiler: a plan tells everything that differs and nothing else.

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** A job by what may be written differently; `needs` only of jobs that come before it, so that there is no cycle. */
const job = fc.option(
  fc.record({
    hour: fc.integer({ min: 0, max: 3 }),
    title: fc.constantFrom('', 'one', 'two'),
    timeout: fc.constantFrom('1h', '2h'),
    script: fc.constantFrom('true', 'false'),
    needs: fc.array(fc.nat(IDS.length - 1), { maxLength: 3 }),
  }),
  { freq: 5 },
);
const estate = fc.tuple(...IDS.map(() => job));
type Estate = typeof estate extends fc.Arbitrary<infer T> ? T : never;

function filesOf(spec: Estate): Readonly<Record<string, string>> {
  const files: Record<string, string> = { 'hera.project.yaml': 'name: shop\nzone: UTC\n' };
  for (const [i, one] of spec.entries()) {
    if (!one) continue;
    const needs = [...new Set(one.needs.filter((n) => n < i && spec[n]).map((n) => IDS[n]))];
    files[`${IDS[i]}.yaml`] =
      `schedule: "0 ${one.hour} * * *"\ntimeout: ${one.timeout}\n${one.title ? `title: ${one.title}\n` : ''}` +
      `needs: [${needs.join(', ')}]\nrun: { shell: "${one.script}" }\n`;
  }
  return files;
}

async function manifestOf(spec: Estate): Promise<Manifest> {
  const tree = new Map(Object.entries(filesOf(spec)).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const { manifest, diagnostics } = await compile(tree);
  if (!manifest) throw new Error(JSON.stringify(diagnostics));
  return manifest;
}

const deploy = (jobs: readonly Job[]): readonly DeployedJob[] =>
  jobs.map((one) => ({ id: one.id, hash: definitionHash(one), definition: one }));

/** What is deployed after the changes of a plan, and nothing but them, have been made. */
function applied(deployed: readonly DeployedJob[], manifest: Manifest, changes: Changes): readonly DeployedJob[] {
  const state = new Map(deployed.map((one) => [one.id, one]));
  for (const change of changes.jobs) state.delete(sourceOf(change) ?? '');
  const wanted = new Map(deploy(manifest.jobs).map((one) => [one.id, one]));
  for (const { job: id, kind } of changes.jobs) if (kind !== 'remove') state.set(id, wanted.get(id)!);
  return [...state.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Everybody who awaits, over any number of jobs, one that changes more than its looks; those that change themselves left out. */
function reachedBy(deployed: readonly DeployedJob[], manifest: Manifest, changes: Changes): readonly string[] {
  const edges = [...deployed.map(({ definition }) => definition), ...manifest.jobs].flatMap(({ id, needs }) =>
    needs.flatMap((need) => (need.kind === 'job' ? [[need.job, id] as const] : [])),
  );
  const reached = new Set<string>();
  const felt = changes.jobs.filter(
    ({ kind, categories }) => kind !== 'change' || categories.some((one) => one !== 'cosmetic'),
  );
  const front = felt.map(({ job: id }) => id);
  for (let id = front.pop(); id !== undefined; id = front.pop())
    for (const [up, down] of edges)
      if (up === id && !reached.has(down)) {
        reached.add(down);
        front.push(down);
      }
  const changed = new Set(changes.jobs.map(({ job: id }) => id));
  return [...reached].filter((id) => !changed.has(id)).sort();
}

test('a plan against itself is empty; its changes reach the wished state; order does not matter; reach is what an honest walk finds', async () => {
  await fc.assert(
    fc.asyncProperty(estate, estate, async (one, other) => {
      const [before, after] = [await manifestOf(one), await manifestOf(other)];
      const deployed = deploy(before.jobs);
      expect(planChanges(deployed, before).jobs).toEqual([]);
      const changes = planChanges(deployed, after);
      const reached = applied(deployed, after, changes);
      expect(reached.map(({ id, hash }) => [id, hash])).toEqual(deploy(after.jobs).map(({ id, hash }) => [id, hash]));
      expect(planChanges(reached, after).jobs).toEqual([]);
      const shuffled = planChanges([...deployed].reverse(), { ...after, jobs: [...after.jobs].reverse() });
      expect({ ...shuffled, renamed: null }).toEqual({ ...changes, renamed: null });
      expect(changes.levels.flatMap(({ jobs }) => jobs).sort()).toEqual(reachedBy(deployed, after, changes));
      for (const { details, kind, was } of changes.jobs)
        if (kind === 'change' && was === null) expect(details).not.toEqual([]);
    }),
    { numRuns: 60 },
  );
});
