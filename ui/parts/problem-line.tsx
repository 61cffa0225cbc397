import type { Problem } from '@/data/shapes';

/** What the API said against it, beside what was asked. */
export function ProblemLine({ problem }: Readonly<{ problem: Problem | undefined }>) {
  if (!problem) return null;
  return (
    <p role="alert" className="rounded-control border border-failed px-3 py-2">
      {problem.message}
      {problem.help && <span className="block text-muted">{problem.help}</span>}
    </p>
  );
}
