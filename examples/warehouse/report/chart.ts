import { daily, defineJob, python } from 'hera';
import anomaly from '../dw/anomaly.js';
import hours from '../dw/hours.js';
import yearToDate from '../dw/year_to_date.js';

export default defineJob({
  title: '图表',
  description: 'The year so far and the day by hour, drawn',
  schedule: daily('00:20'),
  needs: [anomaly, hours, yearToDate, 'dw/normals'],
  run: python({ file: './chart.py', args: ['${bizdate}', '${week}'], files: ['/lib/tables.py'] }),
});
