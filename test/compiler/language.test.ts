import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JSDocableNode, Project, type PropertySignature, SyntaxKind } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemas } from '../../compiler/index.js';
import type { Said } from '../../compiler/source/fields.js';
import { batchRecord } from '../../compiler/source/language/batch.js';
import {
  hiveGroupRecord,
  javaGroupRecord,
  machineGroupRecord,
  pythonGroupRecord,
  sparkGroupRecord,
  yarnRecord,
} from '../../compiler/source/language/machine-groups.js';
import { needRecord, selfRecord } from '../../compiler/source/language/needs.js';
import { paramRecord } from '../../compiler/source/language/params.js';
import { channelRecord, poolRecord, teamRecord } from '../../compiler/source/language/project.js';
import {
  fileRecord,
  hiveRecord,
  javaRecord,
  probeRecord,
  pythonRecord,
  runRecord,
  shellRecord,
  sparkRecord,
} from '../../compiler/source/language/run.js';
import { catchUpRecord, scheduleRecord } from '../../compiler/source/language/schedule.js';
import { alertsRecord, retryRecord, sharedShape } from '../../compiler/source/language/shared.js';
import { workdayCalendar, yearRecord } from '../../compiler/source/language/workdays.js';
import { folderField, jobField, projectField } from '../../compiler/source/language.js';

// The language is said once, in `compiler/source/language`; types for authors, the JSON Schema and the reader are compared with it.
// UPDATE=1 writes the words of the fields into the types.

type Shape = Readonly<Record<string, Said<unknown>>>;

/** A type that authors see, and the fields by which its values are read. */
const TYPES: Readonly<Record<string, Shape>> = {
  JobOptions: jobField.shape,
  JobDefaults: folderField.shape,
  SharedOptions: sharedShape,
  ProjectOptions: projectField.shape,
  ScheduleOptions: scheduleRecord.shape,
  CatchUpOptions: catchUpRecord.shape,
  NeedOptions: needRecord.shape,
  SelfOptions: selfRecord.shape,
  RetryOptions: retryRecord.shape,
  BatchOptions: batchRecord.shape,
  AlertOptions: alertsRecord.shape,
  ParamOptions: paramRecord.shape,
  FileOptions: fileRecord.shape,
  ScriptOptions: shellRecord.shape,
  PythonOptions: pythonRecord.shape,
  MachineGroupOptions: machineGroupRecord.shape,
  PythonGroupOptions: pythonGroupRecord.shape,
  JavaGroupOptions: javaGroupRecord.shape,
  HiveGroupOptions: hiveGroupRecord.shape,
  SparkGroupOptions: sparkGroupRecord.shape,
  YarnOptions: yarnRecord.shape,
  HiveOptions: hiveRecord.shape,
  SparkOptions: sparkRecord.shape,
  JavaOptions: javaRecord.shape,
  ProbeOptions: probeRecord.shape,
  TeamOptions: teamRecord.shape,
  PoolOptions: poolRecord.shape,
  ChannelOptions: channelRecord.shape,
  WorkdayCalendar: workdayCalendar.shape,
  WorkdayYear: yearRecord.shape,
};

const file = join(import.meta.dirname, '../../compiler/define/options.ts');
const source = new Project({ skipLoadingLibFiles: true }).addSourceFileAtPath(file);

/** The properties that a type's own text and the types it is made of declare, by name. */
function propertiesOf(type: string): ReadonlyMap<string, PropertySignature> {
  const node = source.getTypeAliasOrThrow(type).getTypeNodeOrThrow();
  const own = node.getDescendantsOfKind(SyntaxKind.PropertySignature);
  const parts = node.getDescendantsOfKind(SyntaxKind.TypeReference).map((one) => one.getTypeName().getText());
  const isPart = (name: string): boolean => /(Options|Fields|Defaults)$/.test(name) && node.getText().includes('&');
  const found = new Map<string, PropertySignature>();
  for (const part of new Set(parts.filter(isPart)))
    if (source.getTypeAlias(part) && isIntersected(node.getText(), part))
      for (const [name, property] of propertiesOf(part)) found.set(name, property);
  for (const property of own) if (!found.has(property.getName())) found.set(property.getName(), property);
  return found;
}

/** Whether a type is a part of the whole, not the type of one of its members. */
const isIntersected = (text: string, part: string): boolean =>
  new RegExp(`(^|& ?)\\s*${part}\\b|${part}\\s*&`).test(text);

const docOf = (node: JSDocableNode): string =>
  node
    .getJsDocs()
    .map((doc) => doc.getDescription().trim())
    .join('\n');
const hasHan = (text: string): boolean => /\p{Script=Han}/u.test(text);

describe('every field', () => {
  test.each(Object.entries(TYPES))('of %s is in the type that authors see, with the same words', (type, shape) => {
    const properties = propertiesOf(type);
    expect([...properties.keys()].sort()).toEqual(Object.keys(shape).sort());
    if (process.env.UPDATE)
      for (const [name, property] of properties) {
        for (const doc of property.getJsDocs()) doc.remove();
        property.addJsDoc({ description: shape[name]!.about.en });
      }
    for (const [name, property] of properties) expect(docOf(property), `${type}.${name}`).toBe(shape[name]!.about.en);
    if (process.env.UPDATE) source.saveSync();
  });

  test.each(Object.entries({ ...TYPES, RunDefinition: runRecord.shape }))(
    'of %s is described in English and in Chinese',
    (_, shape) => {
      for (const [name, { about }] of Object.entries(shape)) {
        expect(about.en, name).toMatch(/^[A-Z`].*\.$|\)\.$/s);
        expect(hasHan(about.zh) && !hasHan(about.en), name).toBe(true);
      }
    },
  );

  test('has both descriptions wherever the JSON Schema names it', () => {
    const bare: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      // `properties` below a condition narrows fields that are described elsewhere.
      if (properties && 'additionalProperties' in schema)
        for (const [name, field] of Object.entries(properties))
          if (!/\n\n/.test(field.description ?? '') || !hasHan(field.description ?? '')) bare.push(`${path}.${name}`);
      for (const [key, member] of Object.entries(schema)) visit(member, `${path}/${key}`);
    };
    visit(jsonSchemas(), '');
    expect(bare).toEqual([]);
    visit({ properties: { bare: { type: 'string' } }, additionalProperties: false }, '');
    expect(bare).toEqual(['.bare']);
  });

  test('is written in the example that has all of them', () => {
    const folder = join(import.meta.dirname, 'fixtures/twins/whole/yaml');
    const used = new Set<string>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, member] of Object.entries(value)) {
        used.add(key);
        visit(member);
      }
    };
    const files = [
      'hera.project',
      'dw/_folder',
      ...['load', 'raw', 'clicks', 'hourly', 'several'].map((name) => `dw/orders/${name}`),
    ];
    for (const one of files) visit(parse(readFileSync(join(folder, `${one}.yaml`), 'utf8')));
    const names = Object.values({ ...TYPES, RunDefinition: runRecord.shape }).flatMap((shape) => Object.keys(shape));
    // `shell` stands in the probe, the rest in the files themselves.
    expect([...new Set(names)].filter((name) => !used.has(name)).sort()).toEqual([]);
  });
});
