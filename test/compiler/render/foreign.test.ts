import { describe, expect, test } from 'vitest';
import { foreignTemplates, inNative } from '../../../compiler/render/foreign.js';
import { checkTemplate, render } from '../../../compiler/render/index.js';

// A run of 02:30 on 1 March 2026 in Shanghai, which is about 28 February: what the other schedulers give for it, taken from their documents.
const RUN = {
  vars: [{ table: 'orders' }],
  period: Date.UTC(2026, 1, 28, 18, 30),
  now: 0,
  zone: 'Asia/Shanghai',
  dataInterval: { start: Date.UTC(2026, 1, 27, 18, 30), end: Date.UTC(2026, 1, 28, 18, 30) },
  builtins: { 'run.id': '7', 'job.id': 'dw/load' },
};

describe('what another scheduler would render is written natively, with the value that it had there', () => {
  test.each([
    ['{{ ds }}', '2026-02-28'],
    ['{{ds_nodash}}', '20260228'],
    ['{{- ds -}}', '2026-02-28'],
    ['{{ yesterday_ds }}', '2026-02-27'],
    ['{{ tomorrow_ds_nodash }}', '20260301'],
    ['{{ macros.ds_add(ds, -7) }}', '2026-02-21'],
    ['{{ macros.ds_add(ds, 1) }}', '2026-03-01'],
    ['{{ data_interval_end }}', '2026-03-01T02:30:00+08:00'],
    ['{{ params.table }} {{ var.value.table }}', 'orders orders'],
    ['{{ run_id }} {{ dag.dag_id }}', '7 dw/load'],
    ['$[yyyyMMdd]', '20260301'],
    ['$[yyyyMMdd-1]', '20260228'],
    ['$[yyyy-MM-dd+1]', '2026-03-02'],
    ['$[yyyyMMdd-2*7]', '20260215'],
    ['$[yyyyMMddHH-3/24]', '2026022823'],
    ['$[HHmmss-30/24/60]', '020000'],
    ['$[add_months(yyyyMM,-1)]', '202602'],
    ['$[month_begin(yyyyMMdd, 0)]-$[month_begin(yyyyMMdd, -1)]', '20260301-20260228'],
    ['$[month_end(yyyyMMdd,0)]', '20260331'],
    ['load {{ ds }} --to $[yyyyMMdd] -v', 'load 2026-02-28 --to 20260301 -v'],
  ])('%s', (text, value) => {
    const native = inNative(text);
    expect(foreignTemplates(native)).toEqual([]);
    expect(checkTemplate(native, RUN)).toEqual({ problems: [], unknown: [] });
    expect(render(native, RUN).text).toBe(value);
  });

  test.each([
    '{{ macros.datetime.now() }}',
    '{{ var.json.x.y }}',
    "{{ params['table'] }}",
    '{{ ti.xcom_pull("a") }}',
    "{{ ds | replace('-', '') }}",
    '{{ dag_run.conf["day"] }}',
    '$[week_begin(yyyyMMdd)]',
    '$[timestamp(yyyyMMdd00mmss)]',
  ])('%s has no one way, and stays as it is', (text) => {
    expect(foreignTemplates(text)).toEqual([
      { offset: 0, length: text.length, text, of: expect.any(String), native: undefined },
    ]);
    expect(inNative(text)).toBe(text);
  });

  test.each([
    "docker ps --format '{{.Names}} {{.ID}}'",
    "select * from {{ ref('orders') }} where {{ var('x') }}",
    'echo $[a+1] $[ 2 * n ] ${x[0]} $[i++]',
    'f"{{ds}" {ds} {{ dsx }} {{ tsv }} {{ params }} $[yyyy',
    'python -c \'print(f"{{x}}")\'',
  ])('%s is nobody’s', (text) => {
    expect(foreignTemplates(text)).toEqual([]);
  });

  test('a text of four megabytes is looked through in a moment', () => {
    for (const piece of ['{{ ds ', '$[', '$[yyyy', '{{ macros.', '$[add_months('])
      expect(foreignTemplates(piece.repeat(2 ** 22 / piece.length))).toEqual([]);
  }, 20_000);
});
