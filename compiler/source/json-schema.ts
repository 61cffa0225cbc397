import type { JsonSchema } from './fields.js';
import { folderField, jobField, projectField } from './language.js';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** The JSON Schemas of YAML files, for editors, from the same fields by which files are read: a job's (or several under `jobs`), a folder's, the project's. */
export function jsonSchemas(): Readonly<Record<'job' | 'folder' | 'project', JsonSchema>> {
  const several = {
    type: 'object',
    properties: { jobs: { type: 'object', additionalProperties: jobField.schema } },
    required: ['jobs'],
    additionalProperties: false,
  };
  return {
    job: { $schema: DRAFT, title: 'A job of Hera', anyOf: [jobField.schema, several] },
    folder: { $schema: DRAFT, title: 'Defaults of a folder', ...folderField.schema },
    project: { $schema: DRAFT, title: 'A project of Hera', ...projectField.schema },
  };
}
