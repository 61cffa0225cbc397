import { daily, defineJob, shell } from 'hera';

export default defineJob({
  title: '每日观测',
  description: "The day's weather record, fetched from the weather office's tape archive",
  schedule: daily('00:10'),
  run: shell({
    file: './observations.sh',
    args: ['${bizdate}'],
    files: ['./archive.sh', '/lib/tables.sh'],
  }),
  // The archive keeps years on tape. The first visit for a year orders its volume and leaves empty-handed; the next one finds it.
  retries: { times: 2, wait: '3s' },
});
