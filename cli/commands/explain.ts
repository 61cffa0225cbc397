import type { Explanation } from '../../runtime/api/explain-contract.js';
import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import type { Terminal } from '../terminal.js';
import { reasonWords, stateWord } from '../words.js';

/** Why a period of a job has run, waits or has no run, and what it awaits. */
export async function explain(
  terminal: Terminal,
  name: string,
  { project }: Readonly<{ project?: string }>,
): Promise<number> {
  const at = name.lastIndexOf('@');
  if (at < 1 || at === name.length - 1)
    throw invalid(`${JSON.stringify(name)} is no JOB@PERIOD`, { help: 'write dw/orders/load@2026-11-22' });
  const client = await connect(terminal);
  const found = await client.explain({ job: name.slice(0, at), period: name.slice(at + 1), project });
  terminal.json(found);
  const { colors, print } = terminal;
  const since = found.since === null ? '' : ` since ${found.since}`;
  const state = found.run === null ? colors.yellow('no run') : `${stateWord(colors, found.state)}${since}`;
  print(`${colors.bold(found.job)} ${found.periodLocal}  ${state}${found.run === null ? '' : `  run ${found.run}`}`);
  if (found.absent) print(`  ${colors.yellow('why')}: ${absenceWords(found.absent)}`);
  for (const reason of found.reasons) print(`  ${colors.yellow('why')}: ${reasonWords(reason)}`);
  if (found.needs.length > 0) print('awaits:');
  for (const need of found.needs) for (const line of needLines(terminal, need)) print(line);
  return 0;
}

function absenceWords(absent: NonNullable<Explanation['absent']>): string {
  switch (absent.kind) {
    case 'no-tick':
      return absent.nearest.length === 0
        ? 'the job never fires'
        : `the job does not fire then; the nearest: ${absent.nearest.join(', ')}`;
    case 'day-off':
      return absent.moved === null
        ? `it is a day off of ${absent.calendar}, and ticks on days off are left out`
        : `it is a day off of ${absent.calendar}; its tick was moved to ${absent.moved}`;
    case 'out-of-bounds':
      return `its periods ${[absent.start && `begin at ${absent.start}`, absent.end && `end at ${absent.end}`].filter(Boolean).join(' and ')}`;
    case 'manual':
      return 'the job has no schedule and nothing it fires by, and nobody has asked for this period';
    case 'closed':
      return 'the job is closed (`enabled: false`)';
    case 'not-due':
      return 'its time has not come';
    case 'not-deployed':
      return `the job was first deployed later, at ${absent.firstDeployed}; hera backfill runs earlier periods`;
    case 'not-made':
      return 'its time has come, and no tick has made it; the ledger does within a minute: hera status';
    default:
      return absent satisfies never;
  }
}

const NONE = {
  'no-period': 'has no period for it: met',
  'before-start': 'has no earlier period: met',
  closed: 'is closed, and the need is optional: met',
  unknown: 'is no job, and the need is optional: met',
  latest: 'the latest period that has a run: decided when this one is ready',
  'before-deployment': '',
} as const;

function needLines({ colors }: Terminal, need: Explanation['needs'][number]): readonly string[] {
  if (need.period === null) return [`  ${colors.green('✓')} ${need.job}  ${need.why === null ? '' : NONE[need.why]}`];
  const mark = need.met ? colors.green('✓') : '·';
  const since = need.since === null ? '' : ` since ${need.since}`;
  const about = [need.run && `run ${need.run}`, need.owner && `owner ${need.owner}`, need.optional && 'optional'];
  const rest = about.filter(Boolean).join(', ');
  const line = `  ${mark} ${need.job}@${need.period}  ${need.state}${since}${rest === '' ? '' : ` (${rest})`}`;
  return need.help === null ? [line] : [line, `      ${need.help}`];
}
