import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Finding } from '../../compiler/check/diagnostic.js';
import { codes, jsonSchemas, type SchemaName } from '../../compiler/index.js';
import { folderField, jobField, projectField, workdayCalendar } from '../../compiler/source/language.js';

// An editor's verdict by the JSON Schema and the reader's by the same fields: they agree both ways, as far as JSON Schema can say.

const ajv = new Ajv({ strict: false, allErrors: true });
const schemas = jsonSchemas();
const validators = {
  job: ajv.compile(schemas.job),
  folder: ajv.compile(schemas.folder),
  project: ajv.compile(schemas.project),
  calendar: ajv.compile(schemas.calendar),
};
const readers = { job: jobField, folder: folderField, project: projectField, calendar: workdayCalendar };

const FIXTURES = join(import.meta.dirname, 'fixtures');
const kindOf = (path: string): SchemaName => {
  if (/hera\.project\./.test(path)) return 'project';
  if (/(^|\/)calendars\//.test(path)) return 'calendar';
  return /_folder\./.test(path) ? 'folder' : 'job';
};

/** All YAML files below a folder of fixtures, parsed; those that are no YAML or no record are the parser's business. */
function yamlBelow(...folder: readonly string[]): readonly (readonly [string, SchemaName, unknown])[] {
  const root = join(FIXTURES, ...folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.ya?ml$/.test(path));
  return files.flatMap((path) => {
    try {
      return [[path, kindOf(path), parse(readFileSync(join(root, path), 'utf8'))] as const];
    } catch {
      return [];
    }
  });
}

/** What the reader says of a value's form: what JSON Schema can say too, and what is beyond it (whether a zone, a day, a default of a type exists). */
function readerSays(
  kind: SchemaName,
  value: unknown,
): Readonly<{ form: readonly string[]; beyond: readonly string[] }> {
  const findings: Finding[] = [];
  const isSeveral = kind === 'job' && isRecord(value) && Object.keys(value).length === 1 && isRecord(value.jobs);
  const report = (finding: Finding): void => void findings.push(finding);
  const read = (one: unknown): unknown =>
    readers[kind].read(one, { file: 'x.yaml', path: [], texts: new Map(), report });
  if (isSeveral) Object.values(value.jobs as object).forEach(read);
  else read(value);
  const isBeyond = ({ at }: Finding): boolean => at !== null && 'path' in at && BEYOND.test((at.path ?? []).join('.'));
  const said = findings.filter(({ code }) => /^HERA100[123]$/.test(code));
  const messages = (some: readonly Finding[]): readonly string[] => some.map(({ message }) => message);
  return { form: messages(said.filter((one) => !isBeyond(one))), beyond: messages(said.filter(isBeyond)) };
}
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A default is judged by the type beside it; a day by the calendar. */
const BEYOND = /^params\.[^.]+\.default$|(^|\.)(years|yearly)\..*\.\d+$/;

function expectAgreement(kind: SchemaName, value: unknown, name: string): void {
  const validate = validators[kind];
  const isValid = validate(value);
  const { form, beyond } = readerSays(kind, value);
  const context = `${name}: ${JSON.stringify(value)}\nthe schema: ${ajv.errorsText(validate.errors)}\nthe reader: ${form.join('; ')}`;
  // Where the reader alone objects to such a value, the schema may object to it as well (`null` is no day) or not (30 February).
  if (form.length > 0 || beyond.length === 0) expect(isValid, context).toBe(form.length === 0);
}

test('every YAML file of the valid fixtures satisfies the schema that editors use', () => {
  const files = [...yamlBelow('valid'), ...yamlBelow('twins')].filter(([path]) => !/draft|\bci\b/.test(path));
  expect(files.length).toBeGreaterThan(20);
  for (const [path, kind, value] of files)
    expect(validators[kind](value), `${path}: ${ajv.errorsText(validators[kind].errors)}`).toBe(true);
});

test('an editor sees a misspelt field, a missing one and a wrong unit', () => {
  for (const code of ['HERA1001', 'HERA1002', 'HERA1003']) {
    const { failing, repaired } = codes[code]!;
    expect(validators.job(parse(failing['report.yaml']!)), code).toBe(false);
    expect(validators.job(parse(repaired['report.yaml']!)), code).toBe(true);
  }
});

test('schema and reader agree about every YAML file of the fixtures, valid or not', () => {
  const files = [...yamlBelow('valid'), ...yamlBelow('twins'), ...yamlBelow('invalid')];
  for (const [path, kind, value] of files.filter(([path]) => !/\bci\b/.test(path))) expectAgreement(kind, value, path);
});

const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    7,
    101,
    '',
    ' ',
    'x',
    'a b',
    '007',
    '10m',
    '06:30',
    '25:00',
    '2026-01-31',
    'UTC',
  ],
  ...[
    'previous',
    'all',
    'last',
    'hour',
    'none',
    'skip',
    'default',
    'enum',
    'date',
    'ops@example.org',
    'https://x',
    '1..2',
  ],
  ...[[], [1], ['a'], ['a', 'b'], {}, { a: 1 }, { A_B: 'x' }, { file: 'a' }, { script: 'a' }, { cron: '1 2 3 4 5' }],
  ...[{ job: 'a' }, { self: 'previous' }, { offset: -1 }, { type: 'int' }, { shell: 'a', every: '1m', giveUp: '2h' }],
];
const samples = yamlBelow('twins', 'whole', 'yaml');
const names = [...new Set(samples.flatMap(([, , value]) => keysIn(value)))];

function keysIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  return isRecord(value) ? Object.entries(value).flatMap(([key, member]) => [key, ...keysIn(member)]) : [];
}

type Mutation = Readonly<{
  depth: readonly number[];
  kind: 'replace' | 'remove' | 'rename' | 'add';
  odd: number;
  name: number;
}>;

/** Follows `depth` into a copy of the value and changes what it finds there. */
function mutated(value: unknown, { depth, kind, odd, name }: Mutation): unknown {
  const copy = structuredClone(value);
  let node: unknown = copy;
  for (const [i, step] of depth.entries()) {
    if (!isRecord(node) && !Array.isArray(node)) break;
    const keys = Object.keys(node);
    if (keys.length === 0) break;
    const key = keys[step % keys.length]!;
    const holder = node as Record<string, unknown>;
    const inner = holder[key];
    const isLast = i === depth.length - 1 || typeof inner !== 'object' || inner === null;
    if (!isLast) node = inner;
    else {
      if (kind === 'replace') holder[key] = ODD[odd % ODD.length];
      else if (kind === 'add' && isRecord(node)) holder[names[name % names.length]!] = ODD[odd % ODD.length];
      else if (isRecord(node)) delete holder[key];
      if (kind === 'rename' && isRecord(node)) holder[`${key}x`] = inner;
      break;
    }
  }
  return copy;
}

test('schema and reader agree about mutations of the example that has every field', () => {
  const mutation = fc.record({
    depth: fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
    kind: fc.constantFrom('replace' as const, 'remove' as const, 'rename' as const, 'add' as const),
    odd: fc.nat(ODD.length - 1),
    name: fc.nat(names.length - 1),
  });
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
      ([path, kind, sample], mutations) => {
        const value = mutations.reduce(mutated, sample);
        seen[readerSays(kind, value).form.length === 0 ? 'valid' : 'invalid']++;
        expectAgreement(kind, value, path);
      },
    ),
    { numRuns: Number(process.env.CASES ?? 3000) },
  );
  // Both verdicts are met often, so that neither is agreed upon by chance.
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(100);
});
