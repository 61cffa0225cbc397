import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { linkSecret, safeNext } from '../../ui/app/sign-in/link.js';
import { createEventParser, type ServerEvent } from '../../ui/data/sse.js';
import { chooseLocale } from '../../ui/i18n/locale.js';
import { marked } from '../../ui/look/marked.js';
import {
  civilOf,
  offsetZone,
  parseZoneChoice,
  printInstant,
  printZoneChoice,
  resolveInstant,
  spanOf,
} from '../../ui/look/time.js';

test('marked stretches are apart from the rest of a text, and the parts are the whole text', () => {
  const parts = marked('at 10:00 and 10:05', [
    { offset: 3, length: 5 },
    { offset: 13, length: 5 },
  ]);
  expect(parts.map(({ text, isMarked }) => (isMarked ? `<${text}>` : text))).toEqual([
    'at ',
    '<10:00>',
    ' and ',
    '<10:05>',
  ]);
  expect(marked('', [])).toEqual([]);
});

describe('instants', () => {
  test.each([
    ['2026-11-23T16:00:00Z', 'Asia/Shanghai', '2026-11-24 00:00:00 +08:00'],
    ['2026-11-23T16:00:00Z', 'UTC', '2026-11-23 16:00:00 UTC'],
    ['2026-11-23T16:00:05Z', '-05:30', '2026-11-23 10:30:05 -05:30'],
    ['2026-11-23T16:00:05Z', '+00:00', '2026-11-23 16:00:05 UTC'],
    ['2026-07-01T00:00:00Z', 'Europe/Berlin', '2026-07-01 02:00:00 +02:00'],
  ])('%s in %s is %s', (at, zone, expected) => {
    expect(`${printInstant(at, zone)} ${civilOf(at, zone).offset}`).toBe(expected);
  });
  test('the zone of a local period is its offset, as a job may be in any zone', () => {
    expect(['2026-11-22T02:30:00+08:00', '2026-11-22T02:30:00Z', 'x'].map(offsetZone)).toEqual([
      '+08:00',
      'UTC',
      'UTC',
    ]);
  });
  test('a zone that the browser made up is the job’s', () => {
    expect(printZoneChoice(parseZoneChoice('local:Mars/Olympus'))).toBe('job');
    expect(printZoneChoice(parseZoneChoice('local:Europe/Berlin'))).toBe('local:Europe/Berlin');
  });
  test('a length is told in its two largest units', () => {
    expect([15, 2400, 59_400, 3_661_000, 90_061_000].map(spanOf)).toEqual([
      { unit: 'ms', a: 15, b: 0 },
      { unit: 's', a: 2.4, b: 0 },
      { unit: 's', a: 59, b: 0 },
      { unit: 'h', a: 1, b: 1 },
      { unit: 'd', a: 1, b: 1 },
    ]);
  });
});

test('events come out whole, however the stream is cut, and pings give none', () => {
  const stream = ': ping\n\nid: 1-2\nevent: run\ndata: {"a":\ndata: 1}\n\ndata: x\r\n\r\n';
  for (let cut = 0; cut <= stream.length; cut++) {
    const seen: ServerEvent[] = [];
    const parse = createEventParser((event) => seen.push(event));
    parse(stream.slice(0, cut));
    parse(stream.slice(cut));
    expect(seen).toEqual([
      { id: '1-2', event: 'run', data: '{"a":\n1}' },
      { id: '1-2', event: 'message', data: 'x' },
    ]);
  }
});

describe('signing in', () => {
  test.each([
    ['http://h:1/sign-in#heral_a-B', 'heral_a-B'],
    ['http://h:1/sign-in?link=heral_x', 'heral_x'],
    [' heral_x ', 'heral_x'],
    ['http://h:1/sign-in', ''],
    ['<script>', ''],
  ])('the secret of %j is %j', (text, secret) => {
    expect(linkSecret(text)).toBe(secret);
  });
  test('goes back only to a page of ours', () => {
    expect(['/runs?x=1', '//evil.example', '/\\evil.example', 'https://evil.example', null].map(safeNext)).toEqual([
      '/runs?x=1',
      '/jobs',
      '/jobs',
      '/jobs',
      '/jobs',
    ]);
  });
});

test.each([
  ['2026-11-20', 'Asia/Shanghai', '2026-11-19T16:00:00.000Z'],
  ['2026-11-20', 'UTC', '2026-11-20T00:00:00.000Z'],
  // The clocks change at two in the morning of this day: it begins by the offset of before, the next one by that of after.
  ['2026-11-01', 'America/Los_Angeles', '2026-11-01T07:00:00.000Z'],
  ['2026-11-02', 'America/Los_Angeles', '2026-11-02T08:00:00.000Z'],
  ['2026-13-45', 'UTC', undefined],
])('the day %s of the filter begins in %s at %s', (day, zone, at) => {
  expect(resolveInstant(day, 0, zone)).toBe(at);
});

test('the language is the chosen one, else the first that the browser asks for and we have', () => {
  expect(chooseLocale('zh-CN', 'en')).toBe('zh-CN');
  expect(chooseLocale('xx', 'fr, zh-TW;q=0.8, en;q=0.5')).toBe('zh-CN');
  expect(chooseLocale(undefined, null)).toBe('en');
});

const ui = fileURLToPath(new URL('../../ui', import.meta.url));

/** `a.b` → text, for every text of a language. */
function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}
const textsOf = (language: string) =>
  new Map(flatten(JSON.parse(readFileSync(join(ui, 'messages', `${language}.json`), 'utf8'))));
/** The names a text is given values by: `{count, plural, …}`, `{at}`, `<link>`. */
const factsOf = (text: string): string =>
  [...new Set([...text.matchAll(/[{<]([a-z]\w*)[,}>]/g)].map((found) => found[1]))].sort().join(' ');

describe('both languages', () => {
  const en = textsOf('en');
  const zh = textsOf('zh-CN');
  test('have the same texts', () => {
    expect([...zh.keys()]).toEqual([...en.keys()]);
  });
  test('say the same facts', () => {
    expect([...en].filter(([key, text]) => factsOf(text) !== factsOf(zh.get(key) ?? '')).map(([key]) => key)).toEqual(
      [],
    );
    expect(factsOf('{count, plural, one {# of <link>{job}</link>} other {#}}')).toBe('count job link');
  });
});

/** Every source file of the pages. */
function* sources(folder = ui): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

/** Letters between two tags: what a reader would see, whatever his language. */
const textsIn = (source: string): readonly string[] =>
  [...source.matchAll(/>([^<>{}=;()]*[A-Za-z一-龥]{2}[^<>{}=;()]*)<\//g)].map((found) => found[1]!.trim());

test('no page holds a text of its own: letters a reader sees come from messages/', () => {
  const found = [...sources()].flatMap((path) =>
    textsIn(readFileSync(path, 'utf8')).map((text) => `${path.slice(ui.length)}: ${text}`),
  );
  // The name of the product is the same in every language.
  expect(found.filter((each) => !each.endsWith(': Hera'))).toEqual([]);
  expect(textsIn('<p>Sign in</p><b>{t("x")}</b>')).toEqual(['Sign in']);
});

test('every text is used somewhere', () => {
  const code = [...sources()].map((path) => readFileSync(path, 'utf8')).join('\n');
  // These are chosen by a value of the API.
  const byValue =
    /^(state|trigger|span|reason|filter\.now|problem\.title|run\.why|signIn\.refused|nav|live|deployments\.branchState|backfills\.(?:is|only|orders|state)|you\.ways|people\.sources)\./;
  const isUsed = (key: string) => byValue.test(key) || code.includes(`'${key.split('.').at(-1)}'`);
  expect([...textsOf('en').keys()].filter((key) => !isUsed(key))).toEqual([]);
  expect(isUsed('jobs.thisTextIsNowhere')).toBe(false);
});
