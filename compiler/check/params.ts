import type { DraftJob } from '../manifest/draft.js';
import type { Times } from '../manifest/times.js';
import type { At, Report } from './diagnostic.js';

/** A parameter is one variable of its job, and a tick can run the job without being given anything. */
export function checkParams(jobs: readonly DraftJob[], times: Times, report: Report): void {
  for (const job of jobs)
    for (const [name, { required, path }] of Object.entries(job.spec.params ?? {})) {
      const at: At = { file: job.file, path };
      const variable = [job.spec.vars, job.spec.run?.vars].some(
        (vars) => vars !== undefined && Object.hasOwn(vars, name),
      );
      if (variable)
        report({
          code: 'HERA4011',
          message: `\`${name}\` is both a parameter and a variable of \`${job.id}\``,
          at: { ...at, on: 'key' },
          help: 'remove one: a parameter is a variable, and its `default` is the value',
        });
      else if (required && times.get(job.id))
        report({
          code: 'HERA4010',
          message: `\`${job.id}\` fires by itself, and nobody gives its parameter \`${name}\``,
          at,
          label: 'required',
          help: 'give it a `default`',
        });
    }
}
