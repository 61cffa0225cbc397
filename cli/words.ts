import type { Reason } from '../runtime/api/contract.js';
import type { Colors, Terminal } from './terminal.js';

// States and reasons in the words of the command line.

const PAINT: Readonly<Record<string, keyof Colors>> = {
  succeeded: 'green',
  failed: 'red',
  timed_out: 'red',
  running: 'cyan',
  queued: 'cyan',
  waiting: 'yellow',
  cancelled: 'gray',
  skipped: 'gray',
};

export function stateWord(colors: Colors, state: string): string {
  const paint = colors[PAINT[state] ?? 'reset'] as (text: string) => string;
  return paint(state);
}

/** Prints the members of an operation by state; the exit code: 0 when none did otherwise than succeed or be skipped. */
export function printStates(
  { print, colors }: Pick<Terminal, 'print' | 'colors'>,
  states: Readonly<Record<string, number>>,
): number {
  print(
    Object.entries(states)
      .map(([state, n]) => `${n} ${stateWord(colors, state)}`)
      .join(', '),
  );
  return Object.keys(states).every((state) => state === 'succeeded' || state === 'skipped') ? 0 : 1;
}

/** Why a run waits, was skipped or failed, in one sentence. */
export function reasonWords(reason: Reason): string {
  switch (reason.kind) {
    case 'need':
      return needWords(reason);
    case 'no-run':
      return `waits for ${reason.job}, which has never run: hera run ${reason.job}`;
    case 'overlap':
      return `waits for its own run of ${reason.period} (run ${reason.run})`;
    case 'parallel':
      return `waits for a place in operation ${reason.operation}`;
    case 'manual-turn':
      return `waits for the end of turn ${reason.turn}, asked by hand`;
    case 'pool':
      return `waits for ${reason.slots} of the ${reason.size} slots of pool ${reason.pool}`;
    case 'freeze':
      return `held by freeze ${reason.freeze}: ${reason.reason} (${reason.by}${reason.until === null ? '' : `, until ${reason.until}`})`;
    case 'marked':
      return `marked by ${reason.by}: ${reason.reason}`;
    case 'retry':
      return `tries again at ${reason.at} (after: ${reason.after})`;
    case 're-evaluation':
      return `its needs are evaluated anew for deployment ${reason.deployment}`;
    case 'upstream-skipped':
      return `${reason.job}@${reason.period} was skipped`;
    case 'overlap-skip':
      return `left out for the run of ${reason.period} of the same job (run ${reason.run})`;
    case 'region':
      return `runs in ${reason.regions.join(', ')}, not here (${reason.here ?? 'no region'}): a success for what needs it`;
    case 'no-period':
      return `there is no period of ${reason.job} for it`;
    case 'catch-up':
      return `missed, and left out by catch-up ${reason.policy}`;
    case 'closed':
      return 'its job is closed';
    case 'removed':
      return `its job was removed by ${reason.commit.slice(0, 12)}`;
    case 'no-longer-scheduled':
      return `its job no longer fires then, since ${reason.commit.slice(0, 12)}`;
    case 'jitter':
      return `its start is due at ${reason.until}: the job spreads its starts (jitter)`;
    case 'no-worker':
      return `no worker of machine group ${reason.machineGroup} is alive`;
    case 'ending':
    case 'terminated':
      return reason.text;
    default:
      return reason satisfies never;
  }
}

function needWords({ job, period, state, firstDeployed, until }: Extract<Reason, { kind: 'need' }>): string {
  const what = `waits for ${job}@${period} (${state})`;
  if (until !== undefined) return `${what}, until ${until} if no run of it appears`;
  if (firstDeployed === undefined) return what;
  const after = new Date(Date.parse(period) + 1000).toISOString().replace('.000Z', 'Z');
  return `${what}: ${job} was first deployed later, at ${firstDeployed}; hera backfill --job ${job} --from ${period} --to ${after}, hera mark ${job}@${period} --as succeeded, or give ${job} a \`start\``;
}

// Who sent the signal that ended a process; every other note is a sentence already.
const SENDERS: Readonly<Record<string, string>> = {
  timeout: 'ended by its timeout',
  cancel: 'ended by a cancel',
  stranger: 'killed from outside: by somebody, for want of memory, or with its worker',
};

/** What is known about an attempt's end beside its exit code. */
export const noteWords = (note: string | null): string => (note === null ? '' : (SENDERS[note] ?? note));
