import type { Draft, DraftJob } from '../manifest/draft.js';
import { madeOnce } from '../manifest/made-once.js';
import { resolvePath } from '../source/tree.js';
import type { Report } from './diagnostic.js';

/** A text that is only the name of a script: it is taken for the script itself. */
export function checkInlineScripts(draft: Draft, report: Report): void {
  for (const job of draft.byId.values()) {
    const source = nameOnce(job, [], () => nameOf(job));
    if (!source) continue;
    if (isShell(job)) noteShell(draft, job, source, report);
    else refuseName(draft, job, source, report);
  }
}

const nameOnce = madeOnce<DraftJob, Source | null>();

/** An inline script that may be only a name. */
function nameOf(job: DraftJob): Source | null {
  const { source } = job.spec.run ?? {};
  if (source?.kind !== 'inline') return null;
  return (isShell(job) ? SHELL_NAME : FILE_NAME).test(source.text.trim()) ? source : null;
}

const isShell = ({ spec: { run } }: DraftJob): boolean => run?.engine === 'shell' || run?.engine === 'probe';
const SHELL_NAME = /^(?:(bash|sh|python3?|source|\.)\s+)?([\w./-]+\.(?:sh|bash|py))$/;
const FILE_NAME = /^[\w./-]+\.(py|sql|hql)$/;

type Source = Readonly<{ text: string; path: readonly (string | number)[] }>;

/** The shell would start the file, so that this works; its templates are not rendered, and it must be executable. */
function noteShell({ tree }: Draft, job: DraftJob, { text, path }: Source, report: Report): void {
  const [, interpreter, name] = SHELL_NAME.exec(text.trim()) ?? [];
  const file = name === undefined ? null : resolvePath(job.file, name.startsWith('/') ? name : `./${name}`);
  if (name === undefined || file === null || !tree.has(file)) return;
  const engine = name.endsWith('.py') && interpreter?.startsWith('python') ? 'python' : 'shell';
  report({
    code: 'HERA4013',
    message: `\`${text.trim()}\` is a text for the shell, in which \`${file}\` is a command: ${interpreter === undefined || name.includes('/') ? 'its templates are not rendered' : 'it is not laid beside the script'}`,
    at: { file: job.file, path },
    help: `did you mean \`{ ${engine}: { file: ${name} } }\`?`,
  });
}

function refuseName({ tree }: Draft, job: DraftJob, { text, path }: Source, report: Report): void {
  const name = text.trim();
  const file = resolvePath(job.file, name.startsWith('/') ? name : `./${name}`);
  const engine = job.spec.run!.engine;
  report({
    code: 'HERA4014',
    message: `\`${name}\` is the name of a file, and stands where \`${engine}\` has its text`,
    at: { file: job.file, path },
    label:
      file !== null && tree.has(file) ? 'would be run as a text' : 'would be run as a text; no such file lies here',
    help: `write \`{ ${engine}: { file: ${name} } }\``,
  });
}
