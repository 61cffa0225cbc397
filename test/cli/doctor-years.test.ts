import { expect, test } from 'vitest';
import { yearFinding } from '../../cli/commands/doctor.js';

test('a year that a workday calendar lacks is a note of doctor, with the jobs and the file to mend', () => {
  expect(yearFinding({ calendar: 'cn-workdays', years: [2027, 2028], jobs: 1 })).toEqual({
    what: 'calendar cn-workdays',
    state: 'note',
    detail: 'lists no days of 2027, 2028: 1 job will go by its rules for the week alone',
    remedy: 'add the year to calendars/cn-workdays.yaml, and deploy it',
  });
});
