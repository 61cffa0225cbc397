import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { fieldWords } from '../../cli/plan/fields.js';
import { planMarkdown } from '../../cli/plan/markdown.js';
import { planText } from '../../cli/plan/text.js';
import type { Planned } from '../../runtime/api/contract.js';

// What a person reads before he lets a commit into production: on the terminal, and under a pull request.

type Change = Planned['changes'][number];
const change = (more: Partial<Change> & Pick<Change, 'job' | 'kind'>): Change => ({
  ...{
    was: null,
    fields: [],
    categories: [],
    details: [],
    script: null,
    next: null,
    zone: 'Asia/Shanghai',
    awaitedBy: null,
    through: [],
  },
  ...more,
});

const PLANNED: Planned = {
  project: 'shop',
  commit: 'c'.repeat(40),
  on: '7',
  changes: [
    change({
      job: 'ods/orders',
      kind: 'change',
      fields: ['crons', 'run', 'timeoutMs'],
      categories: ['breaking', 'timing', 'script', 'execution'],
      details: [
        { field: 'crons', category: 'timing', before: ['30 2 * * *'], after: ['0 23 * * *'], from: 'ods/orders.yaml' },
        { field: 'run.script', category: 'script', before: {}, after: {}, from: 'ods/orders.yaml' },
        { field: 'timeoutMs', category: 'execution', before: 3_600_000, after: 7_200_000, from: 'ods/_folder.yaml' },
      ],
      script: { path: 'ods/orders.sh', added: 12, removed: 3 },
      through: ['ods/_shared.ts'],
      awaitedBy: { count: 7, jobs: ['dw/a', 'dw/b', 'dw/c', 'dw/d', 'dw/e', 'dw/f', 'dw/g'] },
      next: { before: ['2026-11-24T18:30:00.000Z'], after: ['2026-11-24T15:00:00.000Z'] },
    }),
    change({ job: 'dw/load', kind: 'change', was: 'dw/old', categories: ['cosmetic'], fields: ['id'], details: [] }),
    change({ job: 'dw/new', kind: 'add', next: { before: [], after: ['2026-11-24T15:00:00.000Z'] } }),
    change({ job: 'dw/gone', kind: 'remove', next: { before: ['2026-11-24T18:30:00.000Z'], after: [] } }),
  ],
  schedules: [{ id: 'shop/tick/daily-23.00/Asia.Shanghai', kind: 'create' }],
  projectChanges: [{ field: 'machineGroups', before: ['default'], after: ['default', 'hadoop'] }],
  reach: 5,
  levels: [
    { level: 1, count: 3, jobs: ['a', 'b', 'c'] },
    { level: 2, count: 2, jobs: ['d', 'e'] },
  ],
  inFlight: [{ run: '9', job: 'ods/orders', period: '2026-11-23T18:30:00.000Z', state: 'running' }],
  waiting: {
    reevaluated: 2,
    more: false,
    skipped: [{ run: '8', job: 'dw/gone', period: '2026-11-23T18:30:00.000Z', why: 'removed' }],
  },
  warnings: [
    {
      kind: 'window-without',
      job: 'ods/orders',
      message: '`ods/orders` would have no period of this day',
      help: 'hera backfill …',
    },
  ],
  diagnostics: [],
  hash: 'abc123',
};
const ABOUT = { commit: PLANNED.commit, subject: 'Orders later', dirty: false };
const text = (planned: Planned): string => planText(planned, ABOUT, createColors(false)).join('\n');

describe('on a terminal', () => {
  test('the count comes first, then jobs by the gravest of their changes, then runs, then warnings with their remedy', () => {
    expect(text(PLANNED)).toBe(`shop cccccccccccc: Orders later
+1 ~2 -1, 5 jobs downstream (3, then 2), plan abc123
  the project itself
    machineGroups: default → default, hadoop
  removed (1)
    - dw/gone
  breaking: jobs downstream await other periods (1)
    ~ ods/orders
        awaited by dw/a, dw/b, dw/c, dw/d, dw/e and 2 more
        through ods/_shared.ts
        schedule: 30 2 * * * → 0 23 * * *
        script ods/orders.sh: +12 -3 lines
        timeout: 1h → 2h (ods/_folder.yaml)
        next 11-24 23:00, before 11-25 02:30 (Asia/Shanghai)
  new (1)
    + dw/new
        next 11-24 23:00 (Asia/Shanghai)
  cosmetic: no run is touched (1)
    ~ dw/load (was dw/old)
  + timetable shop/tick/daily-23.00/Asia.Shanghai
  1 run under way keeps its definition
  2 waiting runs evaluated anew
  1 waiting run will be skipped:
    dw/gone@2026-11-23T18:30:00Z: its job is removed
warning: \`ods/orders\` would have no period of this day
  help: hera backfill …`);
  });

  test('a thousand changes are a screen or two', () => {
    const changes = Array.from({ length: 1000 }, (_, i) => change({ job: `dw/job${i}`, kind: 'add' }));
    const lines = text({ ...PLANNED, changes }).split('\n');
    expect(lines.length).toBeLessThan(70);
    expect(lines).toContain('    … and 960 more');
  });

  test('nothing is said to change when nothing does', () => {
    const nothing = {
      ...PLANNED,
      changes: [],
      projectChanges: [],
      schedules: [],
      inFlight: [],
      warnings: [],
      waiting: { reevaluated: 0, more: false, skipped: [] },
    };
    expect(text(nothing)).toBe('shop cccccccccccc: Orders later\nnothing changes');
  });
});

describe('the words of a field', () => {
  const words = (field: string, before: unknown, after: unknown): string => fieldWords({ field, before, after });

  test('are those of the language: lengths of time as they are written, needs by name, lists without brackets', () => {
    expect(words('timeoutMs', 86_400_000, 10_800_000)).toBe('timeout: 24h → 3h');
    expect(words('expectedDurationMs', null, 90_000)).toBe('expectedDuration: none → 90s');
    expect(words('retries', { times: 0, waitMs: 60_000 }, { times: 2, waitMs: 600_000 })).toBe(
      'retries: none → 2 with 10m between',
    );
    expect(words('catchUp', { policy: 'all', withinMs: 86_400_000 }, { policy: 'latest', withinMs: 172_800_000 })).toBe(
      'catchUp: all within 24h → latest within 2d',
    );
    const plain = { on: 'success', optional: false };
    const need = { kind: 'job', job: 'ods/a', periods: 'default', whenNone: 'met', ...plain };
    expect(
      words('needs', [], [need, { kind: 'self', offset: -1, ...plain }, { ...need, on: 'finished', optional: true }]),
    ).toBe('needs: none → ods/a, self (periods: previous), ods/a (on: finished, optio…');
    expect(words('needs', [], '[{"kind":"job"…')).toBe('needs: none → [{"kind":"job"…');
    expect(words('tags', ['a'], ['a', 'b'])).toBe('tags: a → a, b');
  });

  test('of a field that nobody has put into words are its name and its value', () => {
    expect(words('constructor', { a: 1 }, true)).toBe('constructor: {"a":1} → true');
  });
});

describe('under a pull request', () => {
  const judged = {
    refusals: [
      { kind: 'prune' as const, message: 'this commit would remove 3 of 4 jobs', help: 'hera apply --allow-prune' },
    ],
    cautions: [],
  };

  test('each change is folded, refusals and warnings stand above', () => {
    const page = planMarkdown(PLANNED, ABOUT, judged);
    expect(page).toContain('### Hera: shop +1 ~2 -1, 5 jobs downstream (3, then 2)');
    expect(page).toContain('- **refused**: this commit would remove 3 of 4 jobs. hera apply --allow-prune');
    expect(page).toContain('<details><summary>~ ods/orders: breaking</summary>');
    const order = ['- dw/gone', '~ ods/orders', '+ dw/new', '~ dw/load'].map((job) => page.indexOf(job));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(page).toContain('- the project itself: `machineGroups: default → default, hadoop`');
    expect(page).not.toContain('never');
    expect(page.match(/<details>/g)).toHaveLength(page.match(/<\/details>/g)!.length);
  });

  test('no word of an author becomes a mention or markup, and a fence in a value ends nothing', () => {
    const subject = '@everyone [click](http://x) <img src=x>';
    const details = [
      { field: 'title', category: 'cosmetic' as const, before: null, after: '```</details>', from: null },
    ];
    const page = planMarkdown(
      { ...PLANNED, changes: [change({ job: 'a', kind: 'change', details })] },
      { ...ABOUT, subject },
      judged,
    );
    expect(page).toContain('`@everyone [click](http://x) <img src=x>` · plan');
    expect(page).toContain('````text\ntitle: none → ```</details> (default)\n````');
  });

  test('sentences that quote authors become neither markup nor a mention nor a link, and no control stands in the page', () => {
    const evil = '\u001b[2J\u202e\u009b';
    const refusals = [
      {
        kind: 'prune' as const,
        message: `\`${evil}\` and @all, www.x.y, https://x, <b>&lt; | a\n## b`,
        help: 'x`y`z`',
      },
    ];
    const details = [
      { field: 'title', category: 'cosmetic' as const, before: evil, after: `a\n\`\`\`\n${evil}`, from: null },
    ];
    const changes = [
      change({ job: 'a', kind: 'change', details }),
      change({ job: '</summary>@all', kind: 'change', details }),
    ];
    const page = planMarkdown(
      { ...PLANNED, changes },
      { ...ABOUT, subject: `\`\`${evil}` },
      { refusals, cautions: [evil] },
    );
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(page).toContain(
      '- **refused**: `\\u001b[2J\\u202e\\u009b` and @<!-- -->all, www<!-- -->.x.y, https:<!-- -->//x, \\<b\\>\\&lt; \\| a \\#\\# b. x`y`z\\`',
    );
    expect(page).toContain('``` ``\\u001b[2J\\u202e\\u009b ``` · plan');
    expect(page).toContain('<details><summary>~ &lt;/summary&gt;@<!-- -->all: cosmetic</summary>');
  });

  test('it stays below what a comment may hold, and says what is left out', () => {
    const details = [
      { field: 'title', category: 'cosmetic' as const, before: null, after: 'x'.repeat(400), from: null },
    ];
    const changes = Array.from({ length: 5000 }, (_, i) =>
      change({ job: `dw/job${i}`, kind: 'change', categories: ['cosmetic'], details }),
    );
    const page = planMarkdown({ ...PLANNED, changes }, ABOUT, judged);
    expect(page.length).toBeLessThan(65_536);
    expect(page).toMatch(/… and \d+ changes more: `hera plan` says all\./);
  });
});
