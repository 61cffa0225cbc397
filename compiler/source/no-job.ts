// Files that lie in the repository and are no definitions: everything that ends in `.yaml` is taken for a job, and most repositories hold others.
import { nearest } from '../check/diagnostic.js';
import { isRecord } from './fields.js';
import { meantIn } from './other-words.js';

/** What a file is that is no job, in words; undefined where it may be meant as one. `names`: the fields of a job. */
export function whatElse(value: unknown, file: string, names: readonly string[]): string | undefined {
  if (!isRecord(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length === 0 || keys.some((key) => names.includes(key) && Object.hasOwn(OWN, key))) return undefined;
  const kind = KINDS.find(([, isKind]) => isKind(value));
  if (kind) return kind[0];
  const isKnown = (key: string): boolean => names.includes(key) || nearest(key, names) !== undefined;
  return keys.some(isKnown) || meantIn(value, names, { file }).length > 0 ? undefined : '';
}

/** With one of these a file is a job, whatever else it holds. */
const OWN = { run: true, schedule: true, needs: true } as const;

const holds =
  (...keys: readonly string[]) =>
  (value: Readonly<Record<string, unknown>>): boolean =>
    keys.every((key) => Object.hasOwn(value, key));

const KINDS: readonly (readonly [string, (value: Readonly<Record<string, unknown>>) => boolean])[] = [
  ['a file of Docker Compose', (value) => isRecord(value.services)],
  ['a workflow of GitHub', (value) => holds('on', 'jobs')(value) && isRecord(value.jobs)],
  ['an object of Kubernetes', holds('apiVersion', 'kind')],
  ['a chart of Helm', holds('apiVersion', 'version')],
  [
    'a schema of dbt',
    (value) =>
      holds('version')(value) &&
      ['models', 'sources', 'seeds', 'macros', 'exposures'].some((key) => Array.isArray(value[key])),
  ],
  ['a project of dbt', holds('config-version')],
  ['a project of dbt', holds('name', 'profile')],
  ['a description of an API', (value) => holds('openapi')(value) || holds('swagger')(value)],
  ['a pipeline of GitLab', (value) => Array.isArray(value.stages)],
  ['a lock file', holds('lockfileVersion')],
  ['an environment of conda', holds('channels', 'dependencies')],
  ['a project of Hera', holds('name', 'zone')],
];
