import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const folder = require.resolve('@microsoft/jest-sarif/package.json').replace(/package\.json$/, '');

const {
  $schema: _,
  id: __,
  ...rest
} = JSON.parse(readFileSync(`${folder}lib/schemas/sarif-2.1.0-rtm.5.json`, 'utf8')) as Record<string, unknown>;

/** The official JSON Schema of SARIF 2.1.0. It says draft 4, and uses nothing that draft 7 reads otherwise. */
export const sarifSchema: Readonly<Record<string, unknown>> = rest;
