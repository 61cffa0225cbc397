import type { Draft } from '../manifest/draft.js';
import type { ScriptPlan } from '../manifest/scripts.js';
import type { Times } from '../manifest/times.js';
import { checkCoverage } from './coverage.js';
import { checkCycles } from './cycles.js';
import type { Report } from './diagnostic.js';
import { checkIds, checkNames } from './ids.js';
import { checkMachineGroups } from './machine-groups.js';
import { checkNeeds } from './needs.js';
import { checkSchedules } from './schedules.js';
import { checkVariables } from './variables.js';

export type Judged = Readonly<{ draft: Draft; times: Times; scripts: ReadonlyMap<string, ScriptPlan> }>;

/** Every rule over everything that could be read. Rules are silent about what another has reported. */
export function runRules({ draft, times, scripts }: Judged, report: Report): void {
  checkIds(draft, report);
  checkNames(draft, report);
  checkNeeds(draft, times, report);
  checkCycles(draft, report);
  checkSchedules(draft, times, report);
  checkCoverage(draft, times, report);
  checkMachineGroups(draft, report);
  checkVariables(draft, scripts, report);
}
