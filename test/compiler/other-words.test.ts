import { expect, test } from 'vitest';
import { needRecord, selfRecord } from '../../compiler/source/language/needs.js';
import { channelRecord, poolRecord } from '../../compiler/source/language/project.js';
import {
  hiveRecord,
  javaRecord,
  probeRecord,
  runRecord,
  shellRecord,
  sparkRecord,
} from '../../compiler/source/language/run.js';
import { scheduleRecord } from '../../compiler/source/language/schedule.js';
import { alertsRecord, retryRecord } from '../../compiler/source/language/shared.js';
import { folderField, jobField, projectField } from '../../compiler/source/language.js';
import { meantBy, ROWS } from '../../compiler/source/other-words.js';

const RECORDS = [
  ...[jobField, folderField, projectField, retryRecord, scheduleRecord, needRecord, selfRecord, alertsRecord],
  ...[poolRecord, channelRecord, runRecord, shellRecord, hiveRecord, sparkRecord, javaRecord, probeRecord],
].map(({ shape }) => Object.keys(shape));
const VALUES = ['5m', 3, true, false, null, ['a', 'b'], { a: 1 }, 'x'.repeat(500), 'it’s "quoted"\n', [[[[[1]]]]]];

test.each(ROWS.map(([means, words]) => [means, words] as const))(
  'words for `%s` lead to a field that exists, whatever their value (%s)',
  (means, words) => {
    const records = RECORDS.filter((names) => names.includes(means));
    expect(records).not.toEqual([]);
    for (const word of words.split(' ')) {
      expect(word).toMatch(/^[a-z0-9]+$/);
      const unknown = records.filter((names) => !names.includes(word));
      expect(unknown, `\`${word}\` is a field of its own wherever \`${means}\` is`).not.toEqual([]);
      for (const names of unknown)
        for (const value of VALUES)
          for (const file of ['a.yaml', 'a.ts']) {
            const meant = meantBy({ key: word, value, beside: { [word]: value }, names, file });
            expect(names).toContain(meant!.field);
            expect(meant!.help.length).toBeLessThan(250);
          }
    }
  },
);

// What is written there is meant to be taken over as it stands, so units and levels are those of the scheduler that has the word.
test.each<[string, Record<string, unknown>, string | undefined]>([
  ['failRetryInterval', { failRetryTimes: 3, failRetryInterval: 1 }, 'write `retries: { times: 3, wait: 1m }`'],
  ['failRetryTimes', { failRetryTimes: 3, failRetryInterval: 1 }, 'write `retries: { times: 3, wait: 1m }`'],
  ['retryDelaySeconds', { retries: 2, retryDelaySeconds: 90 }, 'write `retries: { times: 2, wait: 90s }`'],
  ['taskPriority', { taskPriority: 'MEDIUM' }, 'write `priority: normal`'],
  ['run.priority.level', { 'run.priority.level': 3 }, 'write `priority: high`'],
  [
    'run.shell.file',
    { 'run.shell.file': './x.sh' },
    'names do not reach into records: write `run: { shell: { file: ./x.sh } }`',
  ],
  ['run：{ shell', { 'run：{ shell': 'x }' }, '`：` is a full-width sign: write `run: { shell: x }`'],
  ['run：{ shell', { 'run：{ shell': ['x'] }, '`：` is a full-width sign: write `run: …`'],
  ['rnu：{ shell', { 'rnu：{ shell': 'x }' }, undefined],
])('`%s` of %j', (key, beside, help) => {
  const names = Object.keys(jobField.shape);
  expect(meantBy({ key, value: beside[key], beside, names, file: 'a.yaml' })?.help).toBe(help);
});
