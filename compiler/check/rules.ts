import type { Draft } from '../manifest/draft.js';
import type { ScriptPlan } from '../manifest/scripts.js';
import type { Times } from '../manifest/times.js';
import { checkBreadth } from './breadth.js';
import { checkCoverage } from './coverage.js';
import { checkCycles } from './cycles.js';
import type { At, Finding, Report } from './diagnostic.js';
import { checkEngines } from './engines.js';
import { checkAliases, checkFormerly, checkIds } from './ids.js';
import { checkInlineScripts } from './inline-scripts.js';
import { checkLinks } from './links.js';
import { checkMachineGroups } from './machine-groups.js';
import { checkNeeds } from './needs.js';
import { checkNotYet } from './not-yet.js';
import { checkOversized } from './oversized.js';
import { checkParams } from './params.js';
import { checkProjectNames } from './project-names.js';
import { checkSchedules } from './schedules.js';
import { clear, suspectsOf } from './suspects.js';
import { checkVariables } from './variables.js';

export type Judged = Readonly<{ draft: Draft; times: Times; scripts: ReadonlyMap<string, ScriptPlan> }>;

/** Every rule over everything that could be read. Rules are silent about what another has reported. */
export function runRules({ draft, times, scripts }: Judged, tell: Report): void {
  const told = new Set<string>();
  const findings: Finding[] = [];
  const report = (finding: Finding): void => {
    findings.push(finding);
    tell(finding);
  };
  const remember = (finding: Finding): void => {
    for (const key of keysAround(finding.at)) told.add(key);
    report(finding);
  };
  const suspects = suspectsOf({ draft, times });
  checkLinks(draft, report);
  checkOversized(draft, report);
  checkIds(draft, report);
  checkAliases(draft, report);
  checkFormerly(draft, report);
  checkNeeds(draft, suspects, times, remember);
  checkCycles(draft, report);
  checkSchedules(suspects, times, report);
  checkCoverage(draft, suspects, times, report);
  checkBreadth(draft, suspects, times, report);
  checkMachineGroups(draft, report);
  checkEngines(draft, report);
  checkInlineScripts(draft, report);
  checkProjectNames(draft, suspects, remember);
  checkParams(suspects, times, remember);
  checkVariables(draft, scripts, report);
  checkNotYet(draft, suspects, (at) => told.has(keyOf(at)), report);
  clear({ draft, times }, suspects, findings);
}

const keyOf = (at: At): string => JSON.stringify('path' in at ? [at.file, at.path] : []);

/** A place and everything around it: a mistake in `pools[0]` is one of `pools`. */
function keysAround(at: At | null): readonly string[] {
  if (at === null || !('path' in at) || at.path === undefined) return [];
  const { file, path } = at;
  return path.map((_, i) => JSON.stringify([file, path.slice(0, i + 1)]));
}
