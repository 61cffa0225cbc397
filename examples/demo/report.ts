import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../../runtime/api/client.js';
import type { DemoHome } from './home.js';

const JOB = 'report/page';
const TAIL_BYTES = 4096;

/** Prints the numbers of the last report, as its job wrote them, and where the page lies. */
export async function printReport(client: Client, project: string, home: DemoHome): Promise<void> {
  const { items } = await client.runs({ project, job: JOB, state: 'succeeded', limit: 1, attempts: true });
  const [run] = items;
  const attempt = run?.attempts?.at(-1);
  if (run === undefined || attempt === undefined) return;
  const { bytes } = await client.log(run.run, attempt.n, { tail: TAIL_BYTES });
  const text = new TextDecoder().decode(bytes).trimEnd();
  // The job says which files it wrote, an empty line, then the numbers.
  process.stdout.write(`\n${text.slice(text.lastIndexOf('\n\n') + 1).trim()}\n`);
  const detail = await client.run(run.run);
  const page = join(home.tables, 'report', `dt=${detail.bizdate}`, 'report.html');
  const there = await access(page).then(
    () => true,
    () => false,
  );
  if (there) process.stdout.write(`\nThe report, with its chart: ${page}\n`);
}
