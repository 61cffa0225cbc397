// The catalogue of codes: stable, never reused, by area (0 project, 1 language, 2 ids and needs, 3 time, 4 running, 5 evaluation).
// The command line explains a code from here, the documentation is printed from here, and a test compiles every example.
import type { CodeEntry } from './catalogue/entry.js';
import { evaluationCodes } from './catalogue/evaluation.js';
import { needsCodes } from './catalogue/needs.js';
import { projectCodes } from './catalogue/project.js';
import { runningCodes } from './catalogue/running.js';
import { timeCodes } from './catalogue/time.js';

export type { CodeEntry, Example } from './catalogue/entry.js';

/** Every code there is, in order. */
export const codes: Readonly<Record<string, CodeEntry>> = Object.fromEntries(
  Object.entries({ ...projectCodes, ...needsCodes, ...timeCodes, ...runningCodes, ...evaluationCodes }).sort(
    ([a], [b]) => (a < b ? -1 : 1),
  ),
);
