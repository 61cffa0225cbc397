// Names that Temporal keeps for us. Each is made here and nowhere else, begins with the project, and is safe in a shell.

/** `2026-11-22T18:30:00Z`: seconds, UTC. */
const seconds = (instant: Date): string => `${instant.toISOString().slice(0, 19)}Z`;

/** `<project>:<job>@<period>`: readable, and the same whoever starts the run. */
export const workflowIdOfRun = (project: string, job: string, period: Date): string =>
  `${project}:${job}@${seconds(period)}`;

/** The id that Temporal gives a scheduled start: whoever starts the same instant by hand meets it. */
export const workflowIdOfTick = (timetable: string, instant: Date): string => `${timetable}-${seconds(instant)}`;

export const workflowIdOfBackfill = (project: string, operation: string): string => `${project}:backfill:${operation}`;

export const workflowIdOfCascade = (project: string, operation: string): string => `${project}:cascade:${operation}`;
