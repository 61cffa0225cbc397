import { counted } from '../../compiler/check/counted.js';
import { spelledOut } from '../../compiler/check/spelling.js';
import type { PlanAnswer } from '../../runtime/api/contract.js';
import { detailWords, projectWords } from './fields.js';
import {
  awaitedWords,
  changesSomething,
  counts,
  fireWords,
  GRAVITY,
  gravest,
  reachWords,
  runWords,
  SIGNS,
  skipWords,
  throughWords,
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
    `### Hera: ${prose(planned.project)} ${head}`,
    '',
    `\`${commit.slice(0, 12)}\` ${code(subject)} · plan \`${planned.hash}\``,
    '',
  ];
  for (const { message, help } of refusals) lines.push(`- **refused**: ${prose(message)}. ${prose(help)}`);
  for (const caution of cautions) lines.push(`- **note**: ${prose(caution)}`);
  for (const { message, help } of planned.warnings.slice(0, 50))
    lines.push(`- **warning**: ${prose(message)}${help === null ? '' : `: ${prose(help)}`}`);
  for (const line of runWords(planned)) lines.push(`- ${line}`);
  const { skipped } = planned.waiting;
  if (skipped.length > 0)
    lines.push(
      `- ${counted(skipped.length, 'waiting run')} will be skipped: ${skipped
        .slice(0, 10)
        .map((run) => code(skipWords(run)))
        .join(', ')}`,
    );
  for (const line of projectWords(planned)) lines.push(`- the project itself: ${code(line)}`);
  const sorted = [...planned.changes].sort((a, b) => GRAVITY.indexOf(gravest(a)) - GRAVITY.indexOf(gravest(b)));
  return bounded(`${lines.join('\n')}\n`, sorted.map(changeBlock));
}

function changeBlock(change: Planned['changes'][number]): string {
  const title = `${SIGNS[change.kind]} ${change.job}${change.was === null ? '' : ` (was ${change.was})`}`;
  const fires = fireWords(change);
  const details = [
    ...awaitedWords(change),
    ...throughWords(change),
    ...detailWords(change),
    ...(fires === undefined ? [] : [fires]),
  ];
  if (details.length === 0) return `\n${code(title)}\n`;
  const text = details.map(spelledOut).join('\n');
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `\n<details><summary>${html(title)}: ${gravest(change)}</summary>\n\n${fence}text\n${text}\n${fence}\n\n</details>\n`;
}

function bounded(head: string, blocks: readonly string[]): string {
  let text = head;
  for (const [i, block] of blocks.entries()) {
    if (text.length + block.length > MOST_CHARS)
      return `${text}\n… and ${counted(blocks.length - i, 'change')} more: \`hera plan\` says all.\n`;
    text += block;
  }
  return text;
}

/**
 * Words of an author as they are, in a span of code: there nothing is markup, a link or a mention. A backslash before `@` would not do: GitHub and
 * GitLab look for mentions and addresses in the finished text.
 */
function code(text: string): string {
  const words = spelledOut(text);
  if (words.trim() === '') return '';
  const ticks = '`'.repeat(Math.max(0, ...[...words.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = words.startsWith('`') || words.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${words}${space}${ticks}`;
}

/** A sentence of ours that quotes authors: what it has between backticks is code, and the rest is neither markup nor a mention nor a link. */
const prose = (text: string): string =>
  spelledOut(text)
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? code(part.slice(1, -1)) : escaped(part)))
    .join('');

const escaped = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&').replace(/@|:(?=\/\/)|www(?=\.)/gi, '$&<!-- -->');

/** Words inside of HTML, where Markdown is not read. */
const html = (text: string): string =>
  spelledOut(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@<!-- -->');
