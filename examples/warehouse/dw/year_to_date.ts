import { defineJob, python, self } from 'hera';

export default defineJob({
  title: '年初至今',
  description: 'Running totals since 1 January: rain, wet days, dry spell, degree days',
  // Each day adds itself to the ledger of the day before, so that one must have succeeded.
  needs: ['./day', self.previous()],
  run: python({
    file: './year_to_date.py',
    args: ['${bizdate}', '${comfort}', '${wetDay}'],
    files: ['/lib/tables.py'],
  }),
});
