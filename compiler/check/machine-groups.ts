import type { Draft, DraftJob, DraftProject } from '../manifest/draft.js';
import { isValueUnread, nearestValue } from '../manifest/draft.js';
import { readOnce } from '../manifest/made-once.js';
import { isUnread } from '../manifest/unread.js';
import { type Report, suggest } from './diagnostic.js';

/** Every job's machine group is one of the project's. An inherited wrong name is reported once, where it stands. */
export function checkMachineGroups({ project, byId }: Draft, report: Report): void {
  if (isUnread(project, 'machineGroups')) return;
  const reported = new Set<string>();
  const once: Report = (finding) => {
    const key = JSON.stringify(finding.at);
    if (!reported.has(key)) report(finding);
    reported.add(key);
  };
  for (const job of byId.values()) groupOnce(job, [project], once, (inner) => checkGroup(project, job, inner));
}

const groupOnce = readOnce<DraftJob, void>();

function checkGroup(project: DraftProject, job: DraftJob, report: Report): void {
  const given = nearestValue(job, 'machineGroup');
  const group = given?.value ?? 'default';
  if (project.machineGroups.includes(group) || isValueUnread(job, 'machineGroup')) return;
  const at = given?.at ?? { file: project.file, path: ['machineGroups'] };
  const message = given
    ? `\`${group}\` is not a machine group of the project`
    : `\`${job.id}\` names no machine group, and the project has none called \`default\``;
  report({ code: 'HERA4001', message, at, help: suggest(group, project.machineGroups) });
}
