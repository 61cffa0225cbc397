// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { checkTemplate, type RenderInput, render } from '../../../compiler/render/index.js';
import { at } from '../calendar/calendars.js';

// The dialect of the old scheduler, row by row as it was measured there: Velocity 1.5, JDK 8, zone Asia/Shanghai, locale zh_CN.

const ZONE = 'Asia/Shanghai';
const NOW = at('2026-11-23T10:00', ZONE);

function input(base: string, vars: RenderInput['vars'] = [], more: Partial<RenderInput> = {}): RenderInput {
  const period = at(base, ZONE);
  const dataInterval = { start: period, end: period };
  return {
    ...{ dialect: 'hera', vars, period, now: NOW, zone: ZONE, dataInterval, builtins: { 'run.id': '17' } },
    locale: 'zh-CN',
    ...more,
  };
}

const BASE = '2020-03-31T02:05';
const rendered = (text: string, base = BASE, vars: RenderInput['vars'] = []): string => {
  const { text: result, problems } = render(text, input(base, vars));
  expect(problems).toEqual([]);
  return result;
};

describe('3.2: `${key}`', () => {
  const vars = [
    { a: '1', b: '${a}', c: 'x${a}', d: '${nope}', e: "${zdt.format('yyyy')}", h: '${i}', i: '${h}', empty: '' },
  ];
  test.each([
    ['${a}', '1'],
    ["'${a}${b}'", "'11'"],
    ['${b}', '1'],
    ['${c}', 'x${a}'],
    ['${d}', '${nope}'],
    ['${e}', '2020'],
    ['${PATH} ${a:-5} ${arr[0]} ${#arr} ${} ${ a }', '${PATH} ${a:-5} ${arr[0]} ${#arr} ${} ${ a }'],
    ['$a #{a}', '$a #{a}'],
    ['${x${a}}', '${x1}'],
    ['$(echo ${a}) {${a}}', '$(echo 1) {1}'],
    ['\\${a}', '\\1'],
    ['$${a}', '$1'],
    ['[${empty}]', '[]'],
    ['a\n${a}\n', 'a\n1\n'],
  ])('%s gives %s', (text, expected) => expect(rendered(text, BASE, vars)).toBe(expected));

  it('a loop of values is a problem, drawn once, and stays as it stands', () => {
    const { text, problems } = render('go ${h} ${i}', input(BASE, vars));
    expect(text).toBe('go ${h} ${i}');
    expect(problems).toEqual(
      [...[{ kind: 'cycle', offset: 3, length: 4, message: 'variables that use each other: h → i → h' }]].map(
        (one) => ({ ...one, help: 'give one of them a value of its own' }),
      ),
    );
  });

  it('a key named like a variable of the shell, like `yesterday` or like a whole expression wins', () => {
    const keys = [{ PATH: '/bin', yesterday: 'mine', "zdt.format('yyyy')": 'mine too', 'dt-1': 'dash', 日期: 'date' }];
    const text = "${PATH} ${yesterday} ${zdt.format('yyyy')} ${dt-1} ${日期}";
    expect(rendered(text, BASE, keys)).toBe('/bin mine mine too dash date');
  });

  it('values may hold dates and `yesterday`, for those come later', () =>
    expect(rendered('${p}', BASE, [{ p: '/x/${zdt.addDay(-1).format("yyyyMMdd")}/${yesterday}' }])).toBe(
      '/x/20200330/20200330',
    ));

  it('the nearest value wins, and any plain one before all of the region', () => {
    const levels = [{ 'EU.t': 'near, of the region', 'EU.r': 'r of the region' }, { t: 'far, plain' }];
    const inRegion = (text: string, dialect: 'hera' | 'native') =>
      render(text, input(BASE, levels, { region: 'EU', dialect })).text;
    expect(inRegion('${t}, ${r}', 'hera')).toBe('far, plain, r of the region');
    expect(inRegion('${t}, ${r}', 'native')).toBe('near, of the region, r of the region');
    expect(render('${t} ${r}', input(BASE, levels)).text).toBe('far, plain ${r}');
  });

  it('what is unknown stays and is noted with its place, what is the shell’s own is not', () => {
    const { text, unknown } = render('${HOME} ${x:-1} ${hiveconf:x} ${d} ${bizdate}', input(BASE, vars));
    expect(text).toBe('${HOME} ${x:-1} ${hiveconf:x} ${nope} ${bizdate}');
    expect(unknown).toEqual([
      { name: 'HOME', offset: 0, length: 7 },
      { name: 'nope', offset: 30, length: 4, inside: 'd' },
      { name: 'bizdate', offset: 35, length: 10 },
    ]);
  });

  it('`download[…]` is left to whoever fetches, and what follows it is rendered', () => {
    const text = '--download[hdfs:///x/${a} ${zdt.noSuch()}] ${a} [${b}]\ndownload[oss://y z]';
    expect(rendered(text, BASE, vars)).toBe('--download[hdfs:///x/${a} ${zdt.noSuch()}] 1 [1]\ndownload[oss://y z]');
  });
});

/** `zdt.x` for the `.x` of a row, so that tables stay readable. */
const zdt = (chain: string): string => `\${zdt${chain}}`;
const f = (chain: string, pattern = 'yyyyMMdd'): string => zdt(`${chain}.format("${pattern}")`);

describe('3.4: `${zdt…}` at 2020-03-31 02:05, a Tuesday', () => {
  test.each([
    [f(''), '20200331'],
    [zdt(".format('yyyy-MM-dd')"), '2020-03-31'],
    [f('', 'yyyy-MM-dd HH:mm:ss'), '2020-03-31 02:05:00'],
    [f('', "yyyy-MM-dd'T'HH:mm:ss"), '2020-03-31T02:05:00'],
    [f('', 'yyyy-MM-dd 00:00:00'), '2020-03-31 00:00:00'],
    [f('', 'yyyyMMdd000000'), '20200331000000'],
    [f('', 'yyyy/M/d H:m:s'), '2020/3/31 2:5:0'],
    [f('', 'yyMMdd'), '200331'],
    [f('', 'yyyy年MM月dd日'), '2020年03月31日'],
    [f('', "'day='yyyyMMdd"), 'day=20200331'],
    [f('', 'hh:mm a'), '02:05 上午'],
    [f('', 'E'), '星期二'],
    [f('', 'EEEE'), '星期二'],
    [f('', 'MMM'), '三月'],
    [f('', 'LLL'), '三月'],
    ...'u=2 D=91 DDD=091 F=5 W=5 w=14 ww=14 k=2 K=2 S=0 SSS=000 Z=+0800 X=+08 XXX=+08:00 z=CST G=公元 y=2020 yyyyy=02020'
      .split(' ')
      .map((row) => row.split('=') as [string, string])
      .map(([pattern, expected]) => [f('', pattern), expected]),
    [f('', ''), ''],
    [f('', 'YYYY-MM-DD'), '2020-03-91'],
    [f('', 'yyyyMM'), '202003'],
    [f('.addDay(-1)'), '20200330'],
    [f('.addDay(1)', 'yyyy-MM-dd HH:mm:ss'), '2020-04-01 02:05:00'],
    [f('.addDay(0)'), '20200331'],
    ['${zdt.addDay( -1 ).format( "yyyyMMdd" )}', '20200330'],
    [f('.addDay(-31)'), '20200229'],
    [f('.addDay(-365)'), '20190401'],
    [f('.addDay(1).addDay(1)'), '20200402'],
    [f('.add(1,-1)'), '20190331'],
    [f('.add(2,-1)', 'yyyy-MM-dd'), '2020-02-29'],
    [f('.add(2,1)', 'yyyy-MM-dd'), '2020-04-30'],
    [f('.add(2,-1)', 'yyyyMM'), '202002'],
    [f('.add(2, -12)'), '20190331'],
    [f('.add(5,-1).add(2,-1)'), '20200229'],
    [f('.add(2,-1).add(5,-1)'), '20200228'],
    [f('.add(3,-1)'), '20200324'],
    [f('.add(3,-1)', 'yyyy-ww'), '2020-13'],
    [f('.add(5,-1)'), '20200330'],
    [f('.add(6,-1)'), '20200330'],
    [f('.add(7,-1)'), '20200330'],
    [f('.add(8,-1)'), '20200324'],
    [f('.add(10,-1)', 'yyyyMMddHH'), '2020033101'],
    [f('.add(11,-1)', 'yyyyMMddHH'), '2020033101'],
    [f('.add(11,-3)', 'yyyy-MM-dd HH'), '2020-03-30 23'],
    [f('.add(9,1)', 'yyyyMMddHH'), '2020033114'],
    [f('.add(12,-30)', 'yyyyMMddHHmm'), '202003310135'],
    [f('.add(13,30)', 'HH:mm:ss'), '02:05:30'],
    [f('.add(14,1500)', 'HH:mm:ss.SSS'), '02:05:01.500'],
    [f('.add(0,1)', 'yyyy'), '2020'],
    [f('.set(5,1)'), '20200301'],
    [f('.set(5,1).addDay(-1)'), '20200229'],
    [f('.set(5,0)'), '20200229'],
    [f('.set(5,32)'), '20200401'],
    [f('.add(2,1).set(5,1).addDay(-1)'), '20200331'],
    [f('.add(2,-1).set(5,1)'), '20200201'],
    [f('.set(2,0).set(5,1)'), '20200101'],
    [f('.set(6,1)'), '20200101'],
    [f('.set(2,1)'), '20200302'],
    [f('.set(2,1).set(5,1)'), '20200201'],
    [f('.set(7,1)'), '20200329'],
    [f('.set(7,2)'), '20200330'],
    [f('.set(7,7)'), '20200404'],
    [f('.set(7,2).addDay(-7)'), '20200323'],
    [f('.set(11,0)', 'yyyy-MM-dd HH:mm:ss'), '2020-03-31 00:05:00'],
    [f('.set(11,0).set(12,0).set(13,0)', 'HH:mm:ss'), '00:00:00'],
    [f('.set(11,25)', 'yyyyMMddHH'), '2020040101'],
    [f('.set(10,0)', 'HH:mm'), '00:05'],
    [f('.set(3,1)'), '20191231'],
    [f('.set(1,2019)'), '20190331'],
    ...[2020, 2, 14, 5, 31, 91, 3, 5, 0, 2, 2, 5, 0, 0, 28_800_000, 0].map((value, i) => [
      zdt(`.get(${i + 1})`),
      String(value),
    ]),
    [zdt('.addDay(-1).get(5)'), '30'],
    [zdt('.getTime()'), '1585591500'],
    [zdt('.time'), '1585591500'],
    [zdt('.getMillis()'), '1585591500000'],
    [zdt('.millis'), '1585591500000'],
    [zdt('.addDay(-1).getTime()'), '1585505100'],
    [zdt('.getNowMillis()'), String(NOW)],
    [zdt('.nowMillis'), String(NOW)],
    [zdt('.getToday()'), '2026-11-23'],
    [zdt('.today'), '2026-11-23'],
    [zdt('.Today'), '2026-11-23'],
    [zdt('.format("yyyyMMdd").substring(0,6)'), '202003'],
    [zdt('.StringToDateStr("2020-01-02","yyyy-MM-dd","yyyyMMdd")'), '20200102'],
    [zdt('.StringToDateStr("2020-01-02 10","yyyy-MM-dd","yyyyMMdd")'), '20200102'],
    [zdt('.StringToDateStr("2020-13-45","yyyy-MM-dd","yyyyMMdd")'), '20210214'],
    [zdt('.StringToDateStr("20200102","yyyy-MM-dd","yyyyMMdd")'), ''],
    [zdt('.StringToDateStr("xx","yyyy-MM-dd","yyyyMMdd")'), ''],
    [zdt('.StringToDate("2020-01-02","yyyy-MM-dd")'), 'Thu Jan 02 00:00:00 CST 2020'],
    [zdt('.StringToDate("2020-01-02","yyyy-MM-dd").getTime()'), '1577894400000'],
    ['${yesterday}', '20200330'],
    ['${yesterday } $yesterday ${Yesterday}', '${yesterday } $yesterday ${Yesterday}'],
    ['a${zdt.addDay(-1).format("yyyyMMdd")}b${zdt.format("yyyyMMdd")}c', 'a20200330b20200331c'],
    ['${yyyyMMdd}, ${hera.x}, ${job_id}', '${yyyyMMdd}, ${hera.x}, ${job_id}'],
    [
      '$zdt.format("yyyy") $!{zdt.format("yyyy")} ${ zdt.format("yyyy")}',
      '$zdt.format("yyyy") $!{zdt.format("yyyy")} ${ zdt.format("yyyy")}',
    ],
    ['\\${zdt.format("yyyy")}', '\\2020'],
    ['${zdt.format("yyyyMMdd")', '${zdt.format("yyyyMMdd")'],
    ['${zdt.format("yyyy"\n)}', '${zdt.format("yyyy"\n)}'],
    ['-- a comment: ${zdt.format("yyyy")}', '-- a comment: 2020'],
  ])('%s gives %s', (text, expected) => expect(rendered(text as string)).toBe(expected));

  test.each([
    ['.format("yyyy-MM-dd").replace("-","/")', '2020/03/31'],
    ['.format("yyyy-MM-dd").replace("-","$&")', '2020$&03$&31'],
    ['.format("yyyyMMdd").length()', '8'],
    ['.format("yyyy").concat("x").toUpperCase()', '2020X'],
    ['.format("\'AB\'").toLowerCase()', 'ab'],
    ['.format(" yyyy ").trim()', '2020'],
    ['.today.substring(5)', '11-23'],
  ])('texts have the methods that are of real use: %s', (chain, expected) =>
    expect(rendered(zdt(chain))).toBe(expected),
  );

  test.each(
    [
      ...['', '.addDay(-1)', '.noSuch()', '.calendar', 'x', '2.format("yyyy")', '.addday(-1).format("yyyy")'],
      ...['.addDay("1")', '.addDay(1.5)', '.addDay(+1)', '.addDay(1-2)', '.addDay(99999999999)', '.add(15,1)'],
      ...[
        '.add(99,1)',
        '.add(Calendar.MONTH,-1)',
        '.get(17)',
        '.format()',
        '.format("yyyyMMdd",1)',
        '.format(yyyyMMdd)',
      ],
      ...[
        '.format("bad")',
        '.format("dt=yyyy")',
        '.format("o\'\'clock")',
        '.format("yyyyMMdd\')',
        '.format("yyyyMMdd"',
      ],
      ...['.addDay(-1) .format("yyyy")', ' .format("yyyy")', '.format("yyyy") ', '.StringToDate("xx","yyyy-MM-dd")'],
      ...[
        '.format("XXXX")',
        '.format("yyyy##MM")',
        '.format("$x")',
        '.getClass()',
        '.class',
        '.format("y").getClass()',
      ],
      ...['.stringToDateStr("2020-01-02","yyyy-MM-dd","yyyy")', '.StringToDateStr("a","bad","yyyy")', '.set(17,1)'],
      ...['.set(0,7).format("yyyy")', '.addDay(2147483647).format("yyyy")', '.format("yyyy").substring(3,9)'],
      ...['.format("yyyy").substring(-1)', '.getTime().toString()', '.format( "yyyy" "MM" )', '.format("yyyy",)'],
    ].map((chain) => [chain]),
  )('`${zdt%s}` stays and is a problem, also of the compiler', (chain) => {
    const text = `a\n${zdt(chain)} b`;
    const { text: result, problems } = render(text, input(BASE));
    expect(result).toBe(text);
    expect(problems).toEqual([
      expect.objectContaining({
        kind: 'expression',
        offset: 2,
        length: text.length - 4,
        message: expect.stringContaining(zdt(chain)),
      }),
    ]);
    expect(checkTemplate(text, { dialect: 'hera', vars: [] }).problems).toHaveLength(1);
    expect(render(text, input(BASE, [], { dialect: 'native' })).problems).toHaveLength(1);
  });

  it('a brace inside a format ends the expression, which fails', () => {
    const text = '${zdt.format("yyyy-MM-dd}")}';
    expect(render(text, input(BASE)).problems).toEqual([
      expect.objectContaining({ offset: 0, length: text.length - 3 }),
    ]);
  });

  it('a fault in a value is shown where the value is used', () => {
    const text = 'x ${a} ${bad} y ${zdt.noSuch()}';
    const { problems } = render(text, input(BASE, [{ a: 'longer than its name', bad: '/${zdt.bad()}/' }]));
    expect(problems.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual([
      '${bad}',
      '${zdt.noSuch()}',
    ]);
  });
});

describe('3.5: other base instants', () => {
  const leap = '2020-02-29T00:00';
  const sunday = '2020-03-29T00:30';
  const newYear = '2020-01-01T00:10';
  const lastDay = '2020-12-31T03:00';
  const may = '2021-05-31T23:59';
  test.each([
    [leap, f('.add(1,-1)'), '20190228'],
    [leap, f('.add(1,1)'), '20210228'],
    [leap, f('.add(2,-1)'), '20200129'],
    [leap, f('.add(2,1)'), '20200329'],
    [leap, f('.set(5,31)'), '20200302'],
    [leap, f('.set(2,0)'), '20200129'],
    [leap, f('.set(7,2)'), '20200224'],
    [leap, f('.add(12,-1)', 'yyyyMMddHHmm'), '202002282359'],
    [leap, f('.add(11,-1)', 'yyyy-MM-dd HH'), '2020-02-28 23'],
    [leap, '${yesterday}', '20200228'],
    [sunday, zdt('.get(7)'), '1'],
    [sunday, f('.set(7,1)'), '20200329'],
    [sunday, f('.set(7,2)'), '20200330'],
    [sunday, f('.add(3,-1).set(7,2)'), '20200323'],
    [sunday, '${yesterday}', '20200328'],
    [newYear, f('.addDay(-1)'), '20191231'],
    [newYear, f('.add(2,-1)', 'yyyyMM'), '201912'],
    [newYear, f('.set(5,1).addDay(-1)', 'yyyy-MM-dd'), '2019-12-31'],
    [newYear, f('.set(6,1).addDay(-1)'), '20191231'],
    [newYear, f('.add(11,-1)', 'yyyyMMddHH'), '2019123123'],
    [newYear, f('', 'yyyy-ww'), '2020-01'],
    [lastDay, f('', 'yyyy'), '2020'],
    [lastDay, f('', 'YYYY'), '2021'],
    [lastDay, f('', 'ww'), '01'],
    [lastDay, f('.addDay(1)'), '20210101'],
    [lastDay, f('.add(2,2)'), '20210228'],
    [may, f('.add(2,1)', 'yyyyMMdd HH:mm'), '20210630 23:59'],
    [may, f('.add(2,-3)'), '20210228'],
    [may, f('.add(2,-1).add(2,-2)'), '20210228'],
    [may, f('.add(12,1)', 'yyyyMMddHHmm'), '202106010000'],
    // What was found later by running the old scheduler.
    ['2050-06-01T00:00', f('.add(0,-1)', 'yyyy G'), '2050 公元前'],
    [BASE, f('.set(15,0)', 'HH:mm'), '10:05'],
    [BASE, f('.set(16,3600000)', 'HH:mm'), '01:05'],
    [BASE, zdt('.set(15,0).get(15)'), '0'],
    [BASE, zdt('.get(16)'), '0'],
    ['1986-07-01T00:00', zdt('.get(16)'), '3600000'],
    [BASE, f('.addDay(007)'), '20200407'],
    [BASE, f('.add(15,0)'), '20200331'],
    [BASE, zdt('.StringToDateStr("198605040230","yyyyMMddHHmm","yyyyMMddHHmm")'), '198605040330'],
    ['1986-05-04T01:30', f('.set(11,2)', 'HH:mm'), '03:30'],
  ])('%s %s: %s', (base, text, expected) => expect(rendered(text, base)).toBe(expected));

  it('seconds of the period are cut, for a version is a minute', () => {
    expect(rendered(f('', 'HH:mm:ss'), '2020-03-31T02:05:17')).toBe('02:05:00');
    expect(render(f('', 'HH:mm:ss'), input('2020-03-31T02:05:17', [], { dialect: 'native' })).text).toBe('02:05:17');
  });

  it('English where the project is', () =>
    expect(render(f('', 'E MMM a G'), input(BASE, [], { locale: 'en' })).text).toBe('Tue Mar AM AD'));
});

describe('both dialects', () => {
  it('mark what is of the real time, where it stands in the text that was made', () => {
    for (const dialect of ['hera', 'native'] as const) {
      const vars = [{ table: 'dw.orders', when: '${zdt.today}' }];
      const { text, now } = render('${table} ${when}|${yesterday}|${zdt.nowMillis}', input(BASE, vars, { dialect }));
      const marked = now.map(({ offset, length }) => text.slice(offset, offset + length));
      expect([text, marked]).toEqual([`dw.orders 2026-11-23|20200330|${NOW}`, ['2026-11-23', String(NOW)]]);
    }
  });

  it('the native one knows `${zdt…}` too, and a variable of such a name first', () => {
    const native = (text: string, vars: RenderInput['vars'] = []) =>
      render(text, input(BASE, vars, { dialect: 'native' }));
    expect(native('${zdt.addDay(-1).format("yyyyMMdd")} ${zdt.time} ${yesterday}').text).toBe(
      '20200330 1585591500 20200330',
    );
    expect(native('${zdt.time}', [{ 'zdt.time': 'mine' }]).text).toBe('mine');
    expect(native('$${zdt.time}').text).toBe('${zdt.time}');
  });
});

test('every example of the table in docs/time.md gives what it says', () => {
  const page = readFileSync(new URL('../../../docs/time.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\$\{zdt[^|]*)`\s+\| `([^`]*)`/gm)].map(([, text, expected]) => [
    text,
    expected,
  ]);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.map(([text]) => [text, rendered(text as string)])).toEqual(rows);
});

test('four hundred chance expressions give what Java gave', () => {
  // Made by java.util.GregorianCalendar and java.text.SimpleDateFormat of OpenJDK 17 with the words of Java 8 (-Djava.locale.providers=COMPAT),
  // one a line: zone, locale, instant, expression, text; `!` where Java threw.
  const lines = readFileSync(new URL('java-dates.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const rows = lines.map((line) => line.split('\t'));
  const ours = rows.map(([zone = '', locale, instant, chain = '']) => {
    const at = { zone, period: Number(instant), locale: locale as 'en' | 'zh-CN' };
    const { text, problems } = render(zdt(chain), input(BASE, [], at));
    return [zone, locale, instant, chain, problems.length > 0 ? '!' : text];
  });
  expect(rows).toHaveLength(400);
  expect(ours).toEqual(rows);
});
