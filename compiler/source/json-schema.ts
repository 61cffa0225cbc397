import type { JsonSchema } from './fields.js';
import { folderField, jobField, projectField, workdayCalendar } from './language.js';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

export const SCHEMAS = ['job', 'folder', 'project', 'calendar'] as const;

/** What a schema is about: files of jobs (one, or several under `jobs`), a folder's defaults, the project, a workday calendar. */
export type SchemaName = (typeof SCHEMAS)[number];

/** The JSON Schemas (draft-07) of YAML files, for editors: from the same fields by which files are read, described in English and Chinese. */
export function jsonSchemas(): Readonly<Record<SchemaName, JsonSchema>> {
  return {
    job: {
      $schema: DRAFT,
      title: 'A job of Hera, or several',
      definitions: { job: jobField.schema, several },
      anyOf: [{ $ref: '#/definitions/job' }, { $ref: '#/definitions/several' }],
    },
    folder: { $schema: DRAFT, title: 'Defaults of a folder', ...folderField.schema },
    project: { $schema: DRAFT, title: 'A project of Hera', ...projectField.schema },
    calendar: { $schema: DRAFT, title: 'A workday calendar', ...workdayCalendar.schema },
  };
}

const several: JsonSchema = {
  type: 'object',
  properties: {
    jobs: {
      description:
        'Several jobs of one file, by key; their ids are the path of the file and the key.\n\n同一文件中的多个任务，按键命名；标识为文件路径加键。',
      type: 'object',
      additionalProperties: { $ref: '#/definitions/job' },
    },
  },
  required: ['jobs'],
  additionalProperties: false,
};
