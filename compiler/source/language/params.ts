// Parameters of a job: typed values that a run by hand may be given, and that are variables of the job's own level.
import type { Path } from '../../check/diagnostic.js';
import {
  atOf,
  type Cursor,
  type Field,
  flag,
  illTyped,
  isRecord,
  listOf,
  nameOf,
  oneOf,
  said,
  spelled,
  text,
  within,
} from '../fields.js';
import { contradict, mapOf, record } from '../records.js';
import { expectedInstead, type ParamType } from './param-value.js';
import { VARIABLE } from './values.js';

export type ParamSpec = Readonly<{
  type: ParamType;
  /** Of an `enum`. */
  values: readonly string[];
  /** As text; templates in it are rendered. Null: none. */
  default: string | null;
  required: boolean;
  description: string | null;
  path: Path;
}>;

export const paramRecord = record(
  {
    type: said(
      oneOf('string', 'int', 'number', 'boolean', 'date', 'enum'),
      'What kind of value it takes.',
      '取值类型。',
    ),
    values: said(listOf(spelled), 'The values of an `enum`.', '`enum` 的可选值。'),
    default: said(
      spelled,
      'The value where none is given; runs of a tick always take it. Templates such as `${bizdate}` are rendered.',
      '未给出时的取值；自动触发的运行总用它。可含 `${bizdate}` 等模板。',
    ),
    required: said(
      flag,
      'Must be given by hand; without a default that is so unless `false` is written, which means an empty text.',
      '手动运行时必须给出；没有默认值时即为必填，写 `false` 则为空文本。',
    ),
    description: said(text, 'What it is for.', '用途说明。'),
  },
  { required: ['type'] },
);

export const param: Field<ParamSpec> = {
  expects: '`{ type, default … }`',
  schema: {
    ...paramRecord.schema,
    if: { properties: { type: { const: 'enum' } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { required: ['values'], properties: { values: { minItems: 1 } } },
    else: { not: { required: ['values'] } },
    dependencies: { default: { properties: { required: { const: false } } } },
  },
  read(value, at) {
    const given = isRecord(value) ? paramRecord.read(value, at) : illTyped(value, at, param.expects);
    if (given?.type === undefined || !isRecord(value)) return undefined;
    const { type, values = [], description = null } = given;
    if (!checkValues(value, type, at) || !checkRequired(value, at)) return undefined;
    if (given.default !== undefined && !checkDefault(given.default, type, values, within(at, 'default')))
      return undefined;
    const required = given.required ?? given.default === undefined;
    return { type, values, default: given.default ?? (required ? null : ''), required, description, path: at.path };
  },
};

export const params = mapOf(param, VARIABLE);

function checkValues(value: Readonly<Record<string, unknown>>, type: ParamType, at: Cursor): boolean {
  const listed = Array.isArray(value.values) && value.values.length > 0;
  // A list that is none has been reported already.
  const isIllTyped = 'values' in value && !Array.isArray(value.values);
  if (isIllTyped) return false;
  if (type === 'enum' ? listed : !('values' in value)) return true;
  const [message, help] =
    type === 'enum'
      ? ['is an `enum` without `values`', 'list them: `values: [a, b]`']
      : ['has `values` and is no `enum`', 'write `type: enum`, or remove them'];
  return contradict(at, message!, help!, 'values' in value ? 'values' : undefined);
}

function checkRequired(value: Readonly<Record<string, unknown>>, at: Cursor): boolean {
  if (value.required !== true || !('default' in value)) return true;
  return contradict(
    at,
    'is required and has a default',
    'remove one: a default is taken where no value is given',
    'required',
  );
}

function checkDefault(text: string, type: ParamType, values: readonly string[], at: Cursor): boolean {
  const expects = expectedInstead(text, { type, values });
  if (expects === undefined) return true;
  at.report({
    code: 'HERA1002',
    message: `\`${nameOf(at.path)}\` must be ${expects}, not \`${text}\``,
    at: atOf(at),
    label: `expected ${expects}`,
  });
  return false;
}
