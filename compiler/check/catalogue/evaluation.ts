import { type CodeEntry, script } from './entry.js';

const JOB = `import { daily, defineJob, shell } from 'hera';\n`;
const GOOD = `${JOB}export default defineJob({ schedule: daily('02:30'), run: shell('true') });\n`;

export const evaluationCodes: Readonly<Record<string, CodeEntry>> = {
  HERA5001: {
    title: 'not TypeScript',
    explanation: 'The file cannot be parsed.',
    failing: script('export default = 1;\n'),
    repaired: script(GOOD),
  },
  HERA5002: {
    title: 'an import that gives nothing',
    explanation:
      'A definition may import files of the repository and packages committed below `vendor/node_modules`; nothing of Node, and nothing is installed.',
    failing: script(
      `import { x } from './_table.js';\n${JOB}export default defineJob({ title: x, schedule: daily('02:30'), run: shell('true') });\n`,
    ),
    repaired: script(
      `import { x } from './_table.js';\n${JOB}export default defineJob({ title: x, schedule: daily('02:30'), run: shell('true') });\n`,
      {
        '_table.ts': `export const x = 'orders';\n`,
      },
    ),
  },
  HERA5003: {
    title: 'a definition that throws',
    explanation: 'The file’s own code failed while it was evaluated.',
    failing: script(`${JOB}export default defineJob({ schedule: daily('25:30'), run: shell('true') });\n`),
    repaired: script(GOOD),
  },
  HERA5004: {
    title: 'a definition that takes too long',
    explanation: 'A definition is data; it is evaluated in a moment or it has a loop without end.',
    failing: script(`for (;;);\n${GOOD}`),
    repaired: script(GOOD),
  },
  HERA5005: {
    title: 'a definition that takes too much memory',
    explanation: 'A definition is data; the limit is far above what ten thousand jobs need.',
    failing: script(
      `const all = new Array(2 ** 28).fill(0);\n${JOB}export default defineJob({ title: String(all.length), schedule: daily('02:30'), run: shell('true') });\n`,
    ),
    repaired: script(GOOD),
  },
  HERA5006: {
    title: 'a definition of too much data',
    explanation: 'One file defines at most a million characters. Large tables belong into files that scripts read.',
    failing: script(
      `${JOB}export default defineJob({ description: 'x'.repeat(2_000_000), schedule: daily('02:30'), run: shell('true') });\n`,
    ),
    repaired: script(GOOD),
  },
  HERA5007: {
    title: 'a value that is not data',
    explanation: 'A manifest holds texts, numbers, booleans, lists and records. A function in it would be lost.',
    failing: script(
      `${JOB}const title = () => 'x';\nexport default defineJob({ title, schedule: daily('02:30'), run: shell('true') } as never);\n`,
    ),
    repaired: script(GOOD),
  },
  HERA5008: {
    title: 'a definition that depends on the moment',
    explanation:
      'The same commit must mean the same jobs, today and in a year: there is no clock and no chance in a definition.',
    failing: script(
      `${JOB}export default defineJob({ title: String(Date.now()), schedule: daily('02:30'), run: shell('true') });\n`,
    ),
    repaired: script(GOOD),
  },
};
