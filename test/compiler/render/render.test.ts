// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import { describe, expect, it, test } from 'vitest';
import { dataInterval, grainOf } from '../../../compiler/calendar/index.js';
import { batchLabel, checkTemplate, isBuiltin, type RenderInput, render } from '../../../compiler/render/index.js';
import { at, calendarOf } from '../calendar/calendars.js';

const daily = calendarOf('30 2 * * *');

function input(period: string, more: Partial<RenderInput> = {}): RenderInput {
  const zone = more.zone ?? 'Asia/Shanghai';
  const instant = at(period, zone);
  return {
    vars: [],
    period: instant,
    zone,
    now: at('2026-11-24T09:00', zone),
    dataInterval: dataInterval(daily, grainOf(daily), instant),
    builtins: { 'run.id': '17', 'run.attempt': '2', 'job.id': 'dw/orders/load', 'job.title': '订单 ${bizdate}' },
    ...more,
  };
}

const rendered = (text: string, period = '2026-11-23T02:30', more: Partial<RenderInput> = {}) => {
  const { text: result, problems, unknown } = render(text, input(period, more));
  expect(problems).toEqual([]);
  expect(unknown).toEqual([]);
  return result;
};

describe('E1: what is not ours is left to the shell', () => {
  test.each([
    '${date:0:4}',
    '${date:-5}',
    '${name:-5}',
    '${name:=5}',
    '${#x}',
    '${x%y}',
    '${x##*/}',
    '${x[0]}',
    '${1}',
    '${@}',
    '$x',
    '$(date)',
    '$$',
    '$',
    '${hiveconf:x}',
    '${hivevar:x}',
    '${env:x}',
    '${system:x}',
    '${date-1x:yyyy}',
    '${date-1d:-5}',
    '${',
    '${name',
    '${ name }',
    '$ {name}',
    '{name}',
    "awk '{print $1}' | sed 's/${x%.*}/$y/'",
  ])('%s', (text) => {
    const vars = [{ name: 'value', x: 'value' }];
    expect(render(text, input('2026-11-23T02:30', { vars }))).toEqual({ text, problems: [], unknown: [], now: [] });
  });

  it('an unknown name stays and is noted with its place', () => {
    const { text, unknown } = render('cd ${HOME} && ${date.fooStart:yyyy}', input('2026-11-23T02:30'));
    expect(text).toBe('cd ${HOME} && ${date.fooStart:yyyy}');
    expect(unknown).toEqual([
      { name: 'HOME', offset: 3, length: 7 },
      { name: 'date.fooStart', offset: 14, length: 21 },
    ]);
  });
});

describe('E2: dates', () => {
  test.each([
    ['2026-11-23T02:30', '${date:yyyy-MM-dd}', '2026-11-23'],
    ['2026-11-23T02:30', '${date:yyyyMMdd}', '20261123'],
    ['2026-11-23T02:30', '${date-1d:yyyyMMdd}', '20261122'],
    ['2026-11-23T02:30', '${date+1d:yyyy-MM-dd HH:mm:ss}', '2026-11-24 02:30:00'],
    ['2026-11-23T02:30', "${date:yyyy-MM-dd'T'HH:mm}", '2026-11-23T02:30'],
    ['2026-11-23T02:30', "${date:'day={'yyyyMMdd'}'}", 'day={20261123}'],
    ['2026-11-23T02:30', "${date:h 'o''clock' a}", "2 o'clock AM"],
    ['2026-11-23T02:30', '${date:yyyy年MM月dd日}', '2026年11月23日'],
    ['2026-11-01T02:30', '${date-1d.monthStart:yyyyMMdd}', '20261001'],
    ['2026-11-01T02:30', '${date.monthStart-1d:yyyyMMdd}', '20261031'],
    ['2026-11-23T02:30', '${date.monthEnd:yyyy-MM-dd HH:mm:ss}', '2026-11-30 23:59:59'],
    ['2026-11-23T02:30', '${date.weekStart:yyyyMMdd}', '20261123'],
    ['2026-11-22T02:30', '${date.weekStart:yyyyMMdd}', '20261116'],
    ['2026-11-22T02:30', '${date.weekEnd:yyyyMMddHHmmss}', '20261122235959'],
    ['2026-11-23T02:30', '${date.quarterStart:yyyyMMdd}-${date.quarterEnd:yyyyMMdd}', '20261001-20261231'],
    ['2026-11-23T02:30', '${date.yearStart:yyyyMMdd}-${date.yearEnd:yyyyMMdd}', '20260101-20261231'],
    ['2026-11-23T02:30', '${date.dayStart:HH:mm:ss} ${date.dayEnd:HH:mm:ss}', '00:00:00 23:59:59'],
    ['2026-11-23T02:30', '${date.hourStart:HH:mm:ss} ${date.hourEnd:HH:mm:ss}', '02:00:00 02:59:59'],
    ['2026-03-31T02:30', '${date-1M:yyyyMMdd}', '20260228'],
    ['2026-03-31T02:30', '${date-1M-1d:yyyyMMdd} ${date-1d-1M:yyyyMMdd}', '20260227 20260228'],
    ['2024-02-29T02:30', '${date-1y:yyyyMMdd} ${date+1y:yyyyMMdd}', '20230228 20250228'],
    ['2026-01-31T02:30', '${date-12M:yyyyMM} ${date+13M:yyyyMMdd}', '202501 20270228'],
    ['2026-11-23T02:30', '${date-1w:yyyyMMdd}', '20261116'],
    ['2026-11-23T02:30', '${date-3h:yyyyMMddHH} ${date-31m:HHmm} ${date-1s:HHmmss}', '2026112223 0159 022959'],
  ])('%s %s', (period, text, expected) => expect(rendered(text, period)).toBe(expected));

  it('takes weeks from Sunday where the project says so', () =>
    expect(rendered('${date.weekStart:yyyyMMdd}', '2026-11-23T02:30', { weekStart: 'sunday' })).toBe('20261122'));

  it('days move on the wall clock and hours in real time', () => {
    const newYork = { zone: 'America/New_York' };
    expect(rendered('${date-1d:yyyy-MM-dd HH:mm Z}', '2026-11-01T12:00', newYork)).toBe('2026-10-31 12:00 -0400');
    expect(rendered('${date-24h:yyyy-MM-dd HH:mm Z}', '2026-11-01T12:00', newYork)).toBe('2026-10-31 13:00 -0400');
    expect(rendered('${date-1d:HH:mm}', '2026-03-09T02:30', newYork)).toBe('03:00');
  });

  test.each([
    ['${date:yyyybb}', '`b` is not a letter of a date format'],
    ['${date:dt=yyyy}', '`t` is not a letter of a date format'],
    ["${date:o'clock}", "a quote in `${date:o'clock}` is not closed"],
    ['${date:XXXX}', '`X` stands at most three times in a date format'],
    ['${date-9999y:yyyy}', 'the date leaves the years 1000 to 9999'],
    ['${zdt.format("bad")}', '`${zdt.format("bad")}` cannot be rendered: `b` is not a letter of a date format'],
    ['${zdtx}', '`${zdtx}` cannot be rendered: `x` cannot be read'],
  ])('%s stays and is a problem', (text, message) => {
    const result = render(`a ${text} b`, input('2026-11-23T02:30'));
    expect(result.text).toBe(`a ${text} b`);
    expect(result.problems).toEqual([expect.objectContaining({ offset: 2, length: text.length, message })]);
  });
});

describe('E2: the letters of SimpleDateFormat, as Hera wrote them', () => {
  const table: [string, string][] = [
    ['yyyy-MM-dd HH:mm:ss', '2020-03-31 02:05:00'],
    ['yyyy/M/d H:m:s', '2020/3/31 2:5:0'],
    ['yyMMdd', '200331'],
    ['hh:mm a', '02:05 上午'],
    ['E', '星期二'],
    ['EEEE', '星期二'],
    ['MMM', '三月'],
    ['LLL', '三月'],
    ['u', '2'],
    ['D', '91'],
    ['DDD', '091'],
    ['F', '5'],
    ['W', '5'],
    ['w', '14'],
    ['ww', '14'],
    ['k', '2'],
    ['K', '2'],
    ['S', '0'],
    ['SSS', '000'],
    ['Z', '+0800'],
    ['X', '+08'],
    ['XX', '+0800'],
    ['XXX', '+08:00'],
    ['z', 'CST'],
    ['zzzz', '中国标准时间'],
    ['G', '公元'],
    ['y', '2020'],
    ['yyyyy', '02020'],
    ['YYYY-MM-DD', '2020-03-91'],
  ];
  test.each(table)('%s: %s', (pattern, expected) =>
    expect(rendered(`\${date:${pattern}}`, '2020-03-31T02:05', { locale: 'zh-CN' })).toBe(expected),
  );

  test.each([
    ['2020-12-31T03:00', 'yyyy YYYY ww', '2020 2021 01'],
    ['2020-01-01T00:10', 'yyyy-ww', '2020-01'],
    ['2020-03-29T00:30', 'u E EEEE MMM MMMM a G', '7 Sun Sunday Mar March AM AD'],
    ['2020-03-29T00:30', 'k K h H', '24 0 12 0'],
    ['2020-03-29T12:30', 'k K h H a', '12 0 12 12 PM'],
    ['2020-03-29T12:30', 'zzzz', 'China Standard Time'],
  ])('%s %s: %s', (period, pattern, expected) => expect(rendered(`\${date:${pattern}}`, period)).toBe(expected));

  it('names zones with summer time by the time of the year', () => {
    const newYork = { zone: 'America/New_York' };
    expect(rendered('${date:z X}', '2026-07-01', newYork)).toBe('EDT -04');
    expect(rendered('${date:z XXX}', '2026-01-01', newYork)).toBe('EST -05:00');
    expect(rendered('${date:XXX}', '2026-01-01', { zone: 'UTC' })).toBe('Z');
  });
});

describe('E3: values', () => {
  it('may hold expressions, and a value is the text as written', () => {
    const vars = [{ table: 'dw.${layer}_orders', layer: 'ods', n: '007', path: '/${table}/${date-1d:yyyyMMdd}' }];
    expect(rendered('${path} ${n}', undefined, { vars })).toBe('/dw.ods_orders/20261122 007');
  });

  it('ten levels deep and no more, whichever value is used first', () => {
    const chain = (levels: number) =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, i) => [`v${i + 1}`, i + 1 === levels ? 'end' : `\${v${i + 2}}`]),
      );
    expect(rendered('${v1}', undefined, { vars: [chain(10)] })).toBe('end');
    for (const text of ['${v1}', '${v2} ${v1}', '${v6} ${v2} ${v1}']) {
      const { problems } = render(text, input('2026-11-23T02:30', { vars: [chain(11)] }));
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toContain('nested more than 10 deep');
    }
  });

  it('that use each other are one problem, drawn from the smallest name', () => {
    const vars = [{ c: '${a}', a: '${b}', b: 'x${c}' }];
    const { problems } = render('go ${b} ${a} ${c}', input('2026-11-23T02:30', { vars }));
    expect(problems).toEqual([
      {
        kind: 'cycle',
        offset: 3,
        length: 4,
        message: 'variables that use each other: a → b → c → a',
        help: expect.any(String),
      },
    ]);
    expect(checkTemplate('${self}', { vars: [{ self: '${self}' }] }).problems[0]?.message).toContain('self → self');
  });

  it('report an unknown name with the variable that holds it', () => {
    const { text, unknown } = render('x ${dir}', input('2026-11-23T02:30', { vars: [{ dir: '${HOME}/data' }] }));
    expect(text).toBe('x ${HOME}/data');
    expect(unknown).toEqual([{ name: 'HOME', offset: 2, length: 6, inside: 'dir' }]);
  });

  it('cannot blow a text up', () => {
    const vars = [
      Object.fromEntries(
        Array.from({ length: 9 }, (_, i) => [`v${i}`, `\${v${i + 1}}`.repeat(50)]).concat([['v9', 'x'.repeat(50)]]),
      ),
    ];
    const { problems, text } = render('${v0}', input('2026-11-23T02:30', { vars }));
    expect(problems.map(({ message }) => message)).toContain('the text grows beyond 4 MiB');
    expect(text.length).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([
    ['$${x}', '${x}'],
    ['$${bizdate} ${bizdate}', '${bizdate} 20261122'],
    ['$${a:-${bizdate}}', '${a:-20261122}'],
    ['$$', '$$'],
    ['$$x', '$$x'],
  ])('%s gives %s', (text, expected) => expect(rendered(text)).toBe(expected));

  it('holds an escape that stays one', () =>
    expect(rendered('${v}', undefined, { vars: [{ v: '$${bizdate}' }] })).toBe('${bizdate}'));
});

describe('E4: the nearest variable wins', () => {
  it('in the order of the list', () => {
    const vars = [{ a: 'run' }, { a: 'job', b: 'job' }, { a: 'folder', b: 'folder', c: '${b}' }];
    expect(rendered('${a} ${b} ${c}', undefined, { vars })).toBe('run job job');
  });
  it('and what every object has is no variable', () => {
    const { unknown } = render('${toString} ${constructor} ${__proto__}', input('2026-11-23T02:30', { vars: [{}] }));
    expect(unknown.map(({ name }) => name)).toEqual(['toString', 'constructor', '__proto__']);
  });
});

describe('E7: built-ins', () => {
  test.each([
    ['${bizdate}', '20261122'],
    ['${bizmonth}', '202611'],
    ['${yesterday}', '20261122'],
    ['${run.id}', '17'],
    ['${run.attempt}', '2'],
    ['${run.period}', '2026-11-23T02:30:00+08:00'],
    ['${data.start}', '2026-11-22T00:00:00+08:00'],
    ['${data.end}', '2026-11-23T00:00:00+08:00'],
    ['${job.id}', 'dw/orders/load'],
    ['${job.title}', '订单 ${bizdate}'],
  ])('%s', (text, expected) => expect(rendered(text)).toBe(expected));

  it('take the month of the bizdate, not of the period', () =>
    expect(rendered('${bizdate} ${bizmonth}', '2026-11-01T02:30')).toBe('20261031 202610'));

  it('win over a variable of the same name, which the compiler refuses', () => {
    expect(rendered('${bizdate}', undefined, { vars: [{ bizdate: 'mine' }] })).toBe('20261122');
    expect([isBuiltin('bizdate'), isBuiltin('run.id'), isBuiltin('date')]).toEqual([true, true, false]);
  });

  it('that the caller does not know stay and are noted', () => {
    const { text, unknown } = render('${run.batch}', input('2026-11-23T02:30'));
    expect([text, unknown[0]?.name]).toEqual(['${run.batch}', 'run.batch']);
  });
});

describe('outputs of needs', () => {
  const needed = { jobs: ['dw/load', 'ods/load', 'ods/rates-2.x'], self: 'dw/me' };
  const outputs = {
    'dw/load': { period: '2026-11-22T18:30:00Z', outputs: { rows: '7' }, mayLack: false },
    'ods/rates-2.x': { period: null, outputs: { day: '${bizdate}' }, mayLack: false },
    'dw/me': { period: null, outputs: {}, mayLack: true },
  };
  const render_ = (text: string) => {
    const { text: made, problems } = render(text, { ...input('2026-11-23T02:30'), needed, outputs });
    return problems.length > 0 ? problems.map(({ message }) => message) : made;
  };

  it.each([
    ['${needs.dw/load.rows}', '7'],
    ['${needs.ods/rates-2.x.day}', '${bizdate}'],
    ['${needs.rates-2.x.day}', '${bizdate}'],
    ['[${needs.self.mark}]', '[]'],
    ['$${needs.dw/load.rows}', '${needs.dw/load.rows}'],
    ['${needs.dw/load:-5} ${needs-x}', '${needs.dw/load:-5} ${needs-x}'],
    ['${needs.load.rows}', ['`load` may be several needs of this job']],
    ['${needs.dw/other.rows}', ['`dw/other` is no need of this job, so that it has no outputs here']],
    ['${needs.dw/load}', ['`${needs.dw/load}` names no job and key']],
    ['${needs.dw/load.lines}', ['`dw/load` of 2026-11-22T18:30:00Z has told no output `lines`']],
    ['${needs.ods/load.rows}', ['`ods/load` has told no output `rows`']],
  ])('%s', (text, expected) => expect(render_(text)).toEqual(expected));

  it('are left as they stand where nobody knows them yet, and their names are checked all the same', () => {
    const { text, unknown } = render('${needs.dw/load.rows}', { ...input('2026-11-23T02:30'), needed });
    expect([text, unknown[0]?.name]).toEqual(['${needs.dw/load.rows}', 'needs.dw/load.rows']);
    expect(checkTemplate('${needs.dw/load.rows}', { vars: [], needed })).toEqual({ problems: [], unknown: [] });
    expect(checkTemplate('${needs.dw/laod.rows}', { vars: [], needed }).problems[0]?.help).toContain(
      'needs.dw/load.rows',
    );
    expect(isBuiltin('needs.x')).toBe(true);
  });
});

describe('checkTemplate', () => {
  it('finds the faults of a text without a run, and none in a good one', () => {
    expect(checkTemplate('${bizdate} ${run.id} ${date-1d:yyyyMMdd} ${t} ${x:-1}', { vars: [{ t: '1' }] })).toEqual({
      problems: [],
      unknown: [],
    });
    const { problems, unknown } = checkTemplate('${date:yyyybb}\n${nobody}', { vars: [] });
    expect(problems.map(({ offset }) => offset)).toEqual([0]);
    expect(unknown).toEqual([{ name: 'nobody', offset: 15, length: 9 }]);
  });
});

test.each([
  [null, '202003310205'],
  [{ unit: 'year', offset: 0 }, '2020'],
  [{ unit: 'month', offset: -1 }, '2020-02'],
  [{ unit: 'month', offset: 1 }, '2020-04'],
  [{ unit: 'day', offset: -1 }, '2020-03-30'],
  [{ unit: 'hour', offset: -3 }, '2020-03-30 23'],
  [{ unit: 'minute', offset: 0 }, '2020-03-31 02:05'],
  [{ unit: 'second', offset: 30 }, '2020-03-31 02:05:30'],
] as const)('the batch label of 2020-03-31 02:05 by %j is %s', (rule, expected) =>
  expect(batchLabel(rule, at('2020-03-31T02:05', 'Asia/Shanghai'), 'Asia/Shanghai')).toBe(expected),
);
