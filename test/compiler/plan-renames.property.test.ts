import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renames } from '../../compiler/plan/renames.js';
import { type Estate, START, steps, take } from '../support/renaming.js';

const jobs = (spec: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(spec).map(([id, formerly]) => [id, { id, formerly }]));
const between = (
  before: Readonly<Record<string, readonly string[]>>,
  after: Readonly<Record<string, readonly string[]>>,
) => Object.fromEntries(renames(jobs(before), jobs(after)));

describe('which job goes on which', () => {
  test('a plain rename, a rename back, and no rename any more when it has been honoured', () => {
    expect(between({ a: [] }, { b: ['a'] })).toEqual({ b: 'a' });
    expect(between({ b: ['a'] }, { a: ['b'] })).toEqual({ a: 'b' });
    expect(between({ b: ['a'] }, { b: ['a'] })).toEqual({});
  });

  test('an exchange, and nothing when it stands there already', () => {
    expect(between({ a: [], b: [] }, { a: ['b'], b: ['a'] })).toEqual({ a: 'b', b: 'a' });
    expect(between({ a: ['b'], b: ['a'] }, { a: ['b'], b: ['a'] })).toEqual({});
  });

  test('a chain in one commit, and the same chain walked again by the same words', () => {
    expect(between({ a: [], b: [] }, { b: ['a'], c: ['b'] })).toEqual({ b: 'a', c: 'b' });
    expect(between({ a: [], b: ['a'] }, { b: ['a'], c: ['b'] })).toEqual({ b: 'a', c: 'b' });
  });

  test('a path that a rename sets free is taken by a new job, which goes on nobody', () => {
    expect(between({ a: [] }, { a: ['never-was'], b: ['a'] })).toEqual({ b: 'a' });
  });

  test('a job that is deployed under its name keeps its own history', () => {
    expect(between({ a: [], b: [] }, { b: ['a'] })).toEqual({});
  });

  test('a name that two jobs claim goes to one, and names that were never deployed to none', () => {
    expect(between({ a: [] }, { b: ['x', 'a'], c: ['a'] })).toEqual({ b: 'a' });
  });

  test('through any history of renames, exchanges, removals and additions each job goes on itself', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let who = START.size;
        let estate: Estate = START;
        for (const step of history) {
          const next = take(estate, step, () => who++);
          const found = renames(withIds(estate), withIds(next));
          const before = new Set([...estate.values()].map((job) => job.who));
          const taken = new Set(found.values());
          for (const [path, job] of next) {
            const goesOn = found.get(path) ?? (estate.has(path) && !taken.has(path) ? path : undefined);
            const told = goesOn === undefined ? null : estate.get(goesOn)!.who;
            expect(told, told === job.who ? '' : JSON.stringify([path, [...estate], [...next]])).toBe(
              before.has(job.who) ? job.who : null,
            );
          }
          expect(renames(withIds(next), withIds(next)).size).toBe(0);
          estate = next;
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

const withIds = (estate: Estate) => new Map([...estate].map(([id, { formerly }]) => [id, { id, formerly }]));
