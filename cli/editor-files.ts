// What editors are given to know the language: declarations for TypeScript, JSON Schemas for YAML, and the settings that lead to them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonSchemas, SCHEMAS } from '../compiler/index.js';

/** Where `hera init` puts them; a hidden folder, so that none of it is a job. */
export const EDITOR_FOLDER = '.types/hera';

/** The first line by which an editor finds the schema of a YAML file without any settings; `up` leads from the file's folder to the root. */
export const modeline = (schema: (typeof SCHEMAS)[number], up = './'): string =>
  `# yaml-language-server: $schema=${up}${EDITOR_FOLDER}/${schema}.schema.json\n`;

/** Declarations and schemas by file name. Declarations are there only where Hera is built: they lie beside the built code. */
export function languageFiles(): Readonly<Record<string, string>> {
  const schemas = jsonSchemas();
  const schemaFiles = SCHEMAS.map((name) => [`${name}.schema.json`, `${JSON.stringify(schemas[name], null, 2)}\n`]);
  return Object.fromEntries([...declarations(), ...schemaFiles]);
}

function declarations(): readonly (readonly [string, string])[] {
  const folder = fileURLToPath(new URL('../compiler/define/', import.meta.url));
  return ['index.d.ts', 'options.d.ts']
    .filter((file) => existsSync(join(folder, file)))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')]);
}

// A later pattern wins over an earlier one; editors that do not know `!` yet take the first line of a file instead (`modeline`).
const GLOBS = {
  job: ['*.yaml', '*.yml', '!_*.yaml', '!_*.yml', '!hera.project.yaml', '!/calendars/**', '!/.*/**', '!/.*'],
  folder: ['_folder.yaml', '_folder.yml'],
  project: ['/hera.project.yaml'],
  calendar: ['/calendars/*.yaml'],
} as const;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** All that a project has for editors, by path. */
export function editorFiles(): Readonly<Record<string, string>> {
  const files = Object.entries(languageFiles()).map(([name, text]) => [`${EDITOR_FOLDER}/${name}`, text]);
  return {
    ...(Object.fromEntries(files) as Record<string, string>),
    '.vscode/settings.json': json({
      'files.eol': '\n',
      'files.insertFinalNewline': true,
      '[shellscript]': { 'files.eol': '\n' },
      'yaml.schemas': Object.fromEntries(
        SCHEMAS.map((name) => [`./${EDITOR_FOLDER}/${name}.schema.json`, GLOBS[name]]),
      ),
    }),
    '.vscode/extensions.json': json({ recommendations: ['redhat.vscode-yaml'] }),
    ...(declarations().length > 0 && {
      'tsconfig.json': json({
        compilerOptions: {
          ...{ strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', types: [] },
          paths: { hera: [`./${EDITOR_FOLDER}/index.d.ts`] },
        },
      }),
    }),
  };
}
