import { defineJob, hourly, shell } from 'hera';
import anomaly from '../dw/anomaly.js';

export default defineJob({
  title: '逐时预期气温',
  description: 'The temperature to expect this hour: its normal, and as much off it as the day before was',
  schedule: hourly(20),
  needs: [anomaly, 'ods/normals'],
  run: shell({
    file: './expected.sh',
    args: ['${date:yyyyMMdd}', '${date:HH}', '${bizdate}', '${week}'],
    files: ['/lib/tables.sh'],
  }),
});
