import { defineJob, python } from 'hera';

export default defineJob({
  description: "The day's course by hour: the normal course, stretched to the day's highest and lowest",
  needs: ['./day', 'ods/normals'],
  base: './day', // runs when the day does, not weekly as the normals do
  run: python({ file: './hours.py', args: ['${bizdate}', '${week}'], files: ['/lib/tables.py'] }),
});
