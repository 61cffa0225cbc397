import type { PlanAnswer } from '../../runtime/api/contract.js';
import {
  changesSomething,
  counts,
  detailWords,
  fireWords,
  gravest,
  plural,
  reachWords,
  runWords,
  SIGNS,
  skipWords,
} from './words.js';

/** GitHub takes 65,536 letters for a comment; what does not fit is counted. */
const MOST_CHARS = 60_000;

type Planned = NonNullable<PlanAnswer['planned']>;
type About = Readonly<{ commit: string; subject: string }>;

/** A plan for a pull request: the counts, what refuses it, warnings, then each change folded. Ends with a line break. */
export function planMarkdown(
  planned: Planned,
  { commit, subject }: About,
  { refusals, cautions }: Pick<PlanAnswer, 'refusals' | 'cautions'>,
): string {
  const head = changesSomething(planned) ? `${counts(planned)}, ${reachWords(planned)}` : 'nothing changes';
  const lines = [
    `### Hera: ${escaped(planned.project)} ${head}`,
    '',
    `\`${commit.slice(0, 12)}\` ${escaped(subject)} · plan \`${planned.hash}\``,
    '',
  ];
  for (const { message, help } of refusals) lines.push(`- **refused**: ${escaped(message)}. ${escaped(help)}`);
  for (const caution of cautions) lines.push(`- **note**: ${escaped(caution)}`);
  for (const { message, help } of planned.warnings.slice(0, 50))
    lines.push(`- **warning**: ${escaped(message)}${help === null ? '' : `: ${escaped(help)}`}`);
  for (const line of runWords(planned)) lines.push(`- ${line}`);
  const { skipped } = planned.waiting;
  if (skipped.length > 0)
    lines.push(
      `- ${plural(skipped.length, 'waiting run')} will be skipped: ${skipped
        .slice(0, 10)
        .map((run) => `\`${skipWords(run)}\``)
        .join(', ')}`,
    );
  return bounded(`${lines.join('\n')}\n`, planned.changes.map(changeBlock));
}

function changeBlock(change: Planned['changes'][number]): string {
  const title = `${SIGNS[change.kind]} ${escaped(change.job)}${change.was === null ? '' : ` (was ${escaped(change.was)})`}`;
  const fires = fireWords(change);
  const details = [...detailWords(change), ...(fires === undefined ? [] : [fires])];
  if (details.length === 0) return `\n${title}\n`;
  const text = details.join('\n');
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `\n<details><summary>${title}: ${gravest(change)}</summary>\n\n${fence}text\n${text}\n${fence}\n\n</details>\n`;
}

function bounded(head: string, blocks: readonly string[]): string {
  let text = head;
  for (const [i, block] of blocks.entries()) {
    if (text.length + block.length > MOST_CHARS)
      return `${text}\n… and ${plural(blocks.length - i, 'change')} more: \`hera plan\` says all.\n`;
    text += block;
  }
  return text;
}

/** No word of an author becomes a mention, a link or markup. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~@]/g, '\\$&');
