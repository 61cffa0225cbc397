import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFiles } from '../../cli/init-files.js';
import { createProgram } from '../../cli/program.js';

// The CI files that `hera init` writes are YAML, and every command in them exists with its flags.

const files = projectFiles('shop', 'UTC') as Readonly<Record<string, string>>;
const CI = ['.github/workflows/hera.yml', '.gitlab-ci.yml'] as const;

/** Every text of a parsed document. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) yield* textsOf(inner);
}

/** The words of each call of hera in a shell text. */
const callsOf = (text: string): readonly (readonly string[])[] =>
  text.split('\n').flatMap((line) => {
    const call = /^hera (.*)$/.exec(line.trim())?.[1];
    return call === undefined ? [] : [call.split(/[>|]/)[0]!.trim().split(/\s+/)];
  });

/** What is wrong with a call: a command or a flag that the program does not have. */
function wrongWith([name, ...words]: readonly string[]): string | undefined {
  const command: Command | undefined = createProgram(() => {}).commands.find((one) => one.name() === name);
  if (command === undefined) return `no command ${name}`;
  const flags = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  const unknown = words.find((word) => word.startsWith('-') && !flags.has(word.split('=')[0]));
  return unknown === undefined ? undefined : `${name} has no ${unknown}`;
}

test.each(CI)('%s is YAML whose commands exist with their flags', (path) => {
  const calls = [...textsOf(parse(files[path]!))].flatMap(callsOf);
  expect(calls.map(([name]) => name)).toEqual(['validate', 'plan', 'apply']);
  expect(calls.map(wrongWith)).toEqual([undefined, undefined, undefined]);
});

test('GitLab runs scripts that are texts, each in a stage that it has', () => {
  const { stages, variables, ...jobs } = parse(files['.gitlab-ci.yml']!) as { stages: string[]; variables: object } & {
    [job: string]: unknown;
  };
  expect([stages, variables]).toEqual([['check', 'deploy'], { GIT_DEPTH: '0' }]);
  for (const job of Object.values(jobs) as { stage: string; script: unknown[] }[]) {
    expect(stages).toContain(job.stage);
    expect(job.script.every((line) => typeof line === 'string')).toBe(true);
  }
});

test('the guard sees a command and a flag that do not exist', () => {
  expect(callsOf('hera applly --force > x').map(wrongWith)).toEqual(['no command applly']);
  expect(callsOf('hera apply --force').map(wrongWith)).toEqual(['apply has no --force']);
});
