import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { complete, SCRIPTS, SHELLS } from '../../cli/completion.js';
import { createProgram } from '../../cli/program.js';
import { table } from '../../cli/table.js';

const names = { jobs: async (beginning: string) => [`${beginning || 'dw'}/orders`, `${beginning || 'dw'}/clicks`] };
/** Words that may stand after `line`, whose last word is not finished. */
async function behind(line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const found = await complete(
    createProgram(() => {}),
    words.slice(0, -1),
    words.at(-1)!,
    names,
  );
  return found.map(({ word }) => word);
}

describe('completion', () => {
  test('knows commands, and commands of commands, but none that is for machines', async () => {
    expect(await behind('run')).toEqual(['run', 'runs', 'run-info']);
    expect(await behind('token c')).toEqual(['create']);
    expect(await behind('compl')).toEqual(['completion']);
    expect(await behind('runs --limit 5 to')).toEqual([]);
  });

  test('knows options with their values, and offers nothing else where a value stands', async () => {
    expect(await behind('runs --s')).toEqual(['--state']);
    expect(await behind('runs --state que')).toEqual(['queued']);
    expect(await behind('mark --as s')).toEqual(['succeeded', 'skipped']);
    expect(await behind('runs --limit ')).toEqual([]);
    expect(await behind('completion ')).toEqual([...SHELLS]);
  });

  test('asks for jobs where a job, a run or a period stands, and goes on behind them', async () => {
    expect(await behind('job dw')).toEqual(['dw/orders', 'dw/clicks']);
    expect(await behind('runs --job dw')).toEqual(['dw/orders', 'dw/clicks']);
    expect(await behind('mark dw/orders@2026-11-22 dw')).toEqual(['dw/orders', 'dw/clicks']);
    expect(await behind('job dw/orders --res')).toEqual(['--resolved']);
  });

  test('works in a real bash, which asks the command line for each word', async () => {
    const script = `
      hera() { "${process.execPath}" bin/hera "$@"; }
      ${SCRIPTS.bash}
      COMP_WORDS=(hera token cr); COMP_CWORD=2; _hera; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(hera completion ''); COMP_CWORD=2; _hera; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['--noprofile', '--norc', '-c', script]);
    expect(stdout.trim().split('\n')).toEqual(['create', 'bash zsh fish']);
  });
});

describe('a table on a terminal', () => {
  const rows = [['dw/orders/load-of-the-day', '2026-11-22T02:30:00Z', `waits for ${'ods/orders '.repeat(9)}`]];
  const header = ['JOB', 'PERIOD', 'WHY'];

  test('fits it: the last column is cut first, then the widest, and never the first', () => {
    for (const columns of [80, 60, 50]) {
      const lines = table(header, rows, columns);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines[1]).toMatch(/^dw\/orders\/load-of-the-day {2}.*…$/);
    }
    expect(table(header, rows, 80)[1]).toContain('2026-11-22T02:30:00Z');
  });

  test('counts Chinese letters twice, and is whole where it fits or goes elsewhere', () => {
    const [, line] = table(['ID', 'ABOUT'], [['1', '订单日报表汇总任务说明文字很长']], 16);
    expect(line).toBe('1   订单日报表…');
    expect(table(header, rows)[1]).toContain(rows[0]![2]!.trimEnd());
    expect(table(header, rows, 300)[1]).not.toContain('…');
  });
});
