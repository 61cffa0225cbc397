import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { codes, jsonSchemas } from '../../compiler/index.js';

const ajv = new Ajv({ strict: false, allErrors: true });
const schemas = jsonSchemas();
const validators = {
  job: ajv.compile(schemas.job),
  folder: ajv.compile(schemas.folder),
  project: ajv.compile(schemas.project),
};
const kindOf = (path: string) => (/hera\.project\./.test(path) ? 'project' : /_folder\./.test(path) ? 'folder' : 'job');

test('every YAML file of the valid fixtures satisfies the schema that editors use', () => {
  const folder = join(import.meta.dirname, 'fixtures/valid');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.yaml$/.test(path) && !path.includes('draft'),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const path of files) {
    const validate = validators[kindOf(path)];
    expect(
      validate(parse(readFileSync(join(folder, path), 'utf8'))),
      `${path}: ${ajv.errorsText(validate.errors)}`,
    ).toBe(true);
  }
});

test('an editor sees a misspelt field, a missing one and a wrong unit', () => {
  for (const code of ['HERA1001', 'HERA1002', 'HERA1003', 'HERA1004']) {
    const { failing, repaired } = codes[code]!;
    expect(validators.job(parse(failing['report.yaml']!)), code).toBe(false);
    expect(validators.job(parse(repaired['report.yaml']!)), code).toBe(true);
  }
});
