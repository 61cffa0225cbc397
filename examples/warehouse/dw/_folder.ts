import { defineFolder } from 'hera';

// The model: what the landed data means.
export default defineFolder({
  tags: ['model'],
  vars: {
    // Degree days count from here, in degrees Celsius.
    comfort: 18,
    // A day with at least this much rain, in millimetres, is wet.
    wetDay: 1,
  },
});
