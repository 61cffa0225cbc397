import { defineProject } from 'hera';

export default defineProject({
  name: 'warehouse',
  // The data is Seattle's, so its days begin and end there.
  zone: 'America/Los_Angeles',
  vars: {
    // Reference tables are refreshed every Monday; a run reads those of the week of its period.
    week: '${date.weekStart:yyyyMMdd}',
  },
  // Decimal points and sort order are the same on every machine.
  env: { LC_ALL: 'C', PYTHONUTF8: 1, PYTHONDONTWRITEBYTECODE: 1 },
  defaults: { owner: 'weather-desk', timeout: '5m' },
});
