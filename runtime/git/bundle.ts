import { invalid } from '../errors.js';
import { borrowing } from './borrow.js';
import { hasCommit, isAncestor, parseCommit } from './commit.js';
import { git, gitText } from './git.js';

/** The longest bundle that a client makes and a server takes. */
export const BUNDLE_MOST_BYTES = 256 * 1024 * 1024;

/** The one ref of a bundle that carries `commit`. */
export const bundleRef = (commit: string): string => `refs/hera/${parseCommit(commit)}`;

/**
 * What `git fetch` is told when something of a stranger's comes in: objects are checked, no tag and no FETCH_HEAD is written, and it goes under the
 * one ref that `refspec` names. `from` is never taken for an option.
 */
export const fetchArguments = (from: string, refspec: string): readonly string[] => [
  ...['-c', 'fetch.fsckObjects=true', 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--force', '--'],
  ...[from, refspec],
];

/**
 * A git bundle with `commit` and what leads to it, without what `known` (a commit the receiver holds) leads to. Null: nothing is missing
 * there. The repository of `dir` gets no ref: the bundle is made through a bare one that only borrows its objects.
 */
export async function makeBundle(dir: string, commit: string, known?: string): Promise<Buffer | null> {
  const shallow = await gitText(['rev-parse', '--is-shallow-repository'], { cwd: dir });
  if (shallow === 'true')
    throw invalid('this clone has no whole history', {
      help: 'git fetch --unshallow (in GitHub Actions: `fetch-depth: 0`)',
    });
  const holds = known !== undefined && (await hasCommit(dir, known));
  if (holds && (await isAncestor(dir, commit, known))) return null;
  const objects = await gitText(['rev-parse', '--path-format=absolute', '--git-path', 'objects'], { cwd: dir });
  return borrowing([objects], async (repo) => {
    await git(['update-ref', bundleRef(commit), commit], { cwd: repo });
    const range = holds ? [bundleRef(commit), `^${known}`] : [bundleRef(commit)];
    return git(['bundle', 'create', '--quiet', '-', ...range], { cwd: repo, mostBytes: BUNDLE_MOST_BYTES });
  });
}
