import { daily, defineJob, python } from 'hera';

export default defineJob({
  title: '距平',
  description: 'How much warmer or colder than normal the day was: observations meet the climate',
  // Both chains meet here. One of them is weekly, so the schedule is its own.
  schedule: daily('00:15'),
  needs: ['dw/day', 'dw/normals'],
  run: python({ file: './anomaly.py', args: ['${bizdate}', '${week}'], files: ['/lib/tables.py'] }),
});
