import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, openCli } from '../cli/hera.js';
import { launchBrowser } from '../support/browser.js';
import { newRepository } from '../support/repository.js';

// The pages as people meet them: `hera up` with its real server, database, Temporal and worker, and a real browser.

const LONG = 'a_name_that_somebody_generated_from_a_table_and_its_schema_and_its_place';

const FIRST = {
  '.gitignore': '.hera/\n',
  'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\nmachineGroups: [default]\n',
  'ods/_folder.yaml': 'owner: trade\nvars: { shop: main }\n',
  'ods/orders.yaml':
    'title: 订单接入\ndescription: Orders of the day\nalias: 42\nformerly: [ods/old_orders]\ntags: [core]\nschedule: "30 2 * * *"\nrun: { shell: "echo orders ${bizdate} of ${shop}" }\n',
  'dw/report.yaml': 'description: Counts them\nneeds: [ods/orders]\nrun: { shell: "echo report" }\n',
  'by-hand/fail.yaml':
    'run: { shell: "printf \'\\\\033[31mred\\\\033[0m <b>not bold</b>\\\\n\'; seq 1 30000; echo the last line; exit 3" }\n',
  [`by-hand/${LONG}.yaml`]: `tags: [${LONG}]\nowner: ${LONG}\nrun: { shell: "echo ${LONG}" }\n`,
  'by-hand/chatter.yaml': `run:
  python:
    script: |
      import time
      n, end = 0, time.time() + 25
      while time.time() < end:
        for _ in range(250):
          n += 1
          print(f"line {n} {int(time.time() * 1000)} {'x' * 60}")
        time.sleep(0.05)
`,
  'by-hand/wait.yaml': 'run: { shell: "echo begun; exec sleep 600" }\ngrace: 1s\n',
} as const;

// A machine group that came after the worker began: nobody serves it.
const SECOND = {
  'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\nmachineGroups: [default, idle]\n',
  'by-hand/idle.yaml': 'machineGroup: idle\nrun: { shell: "true" }\n',
} as const;

let cli: Cli;
let project = '';
let browser: Browser;
let url = '';
let signIn = '';
const runs: Record<'fail' | 'orders' | 'idle', string> = { fail: '', orders: '', idle: '' };
let backfill = '';

/** The time of day in the project's zone so many minutes from now. */
const clock = (minutes: number): string => new Date(Date.now() + (480 + minutes) * 60_000).toISOString().slice(11, 16);
const hera = (...args: string[]) => cli.run(args, { cwd: project });
beforeAll(async () => {
  cli = openCli();
  project = join(cli.home, 'shop');
  mkdirSync(project);
  const { commit } = newRepository(project);
  commit(FIRST, 'The first jobs');
  const up = await hera('up', '--detach', '--port', '0', '--json');
  expect([up.code, up.stderr]).toEqual([0, '']);
  ({ url, signIn } = up.json<{ url: string; signIn: string }>());
  runs.fail = (await hera('run', 'by-hand/fail', '--wait', '--json')).json<{ run: string }>().run;
  runs.orders = (await hera('run', 'ods/orders', '--wait', '--json')).json<{ run: string }>().run;
  commit(SECOND, 'A job for an idle machine group');
  expect((await hera('apply')).code).toBe(0);
  runs.idle = (await hera('run', 'by-hand/idle', '--json')).json<{ run: string }>().run;
  const days = ['--from', '2026-10-01', '--to', '2026-10-04', '--window', `${clock(120)}-${clock(180)}`];
  backfill = (await hera('backfill', 'ods/orders', ...days, '--yes', '--json')).json<{ operation: string }>().operation;
  browser = await launchBrowser();
  session = await signInOnce();
});

afterAll(async () => {
  await browser?.close();
  if (project) await hera('down');
  cli?.close();
});

type Look = Readonly<{ theme?: 'light' | 'dark'; language?: 'en' | 'zh-CN'; width?: number }>;
type Session = Awaited<ReturnType<BrowserContext['storageState']>>;
let session: Session;

async function signInOnce(): Promise<Session> {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(signIn);
  await page.waitForURL(`${url}/jobs`);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** A signed-in page; what its console calls an error fails the test that opened it. */
async function open(path: string, look: Look = {}): Promise<Readonly<{ page: Page; wrong: readonly string[] }>> {
  const { theme = 'light', language = 'en', width = 1280 } = look;
  const context = await browser.newContext({
    storageState: session,
    colorScheme: theme,
    locale: language,
    timezoneId: 'Europe/Berlin',
    viewport: { width, height: 800 },
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.goto(url + path);
  await page
    .getByRole('heading', { level: 1 })
    .or(page.getByRole('heading', { level: 2 }))
    .first()
    .waitFor();
  return { page, wrong };
}

async function close(page: Page): Promise<void> {
  await page.context().close();
}

test('a sign-in link signs in once; used again it says so, in words', async () => {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(signIn);
  await page.getByRole('alert').filter({ hasText: 'used already' }).waitFor();
  expect(page.url()).toBe(`${url}/sign-in`);
  await context.close();
});

test('without a session every page leads to the sign-in, and back to where one wanted to go', async () => {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(`${url}/runs?state=failed`);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  expect(new URL(page.url()).searchParams.get('next')).toBe('/runs?state=failed');
  await context.close();
});

test('an account that an admin adds signs in by its password, is told when it is wrong, and sees what it did in the audit', async () => {
  const admin = await open('/people');
  await admin.page.getByLabel('Account', { exact: true }).fill('mei');
  await admin.page.getByLabel('Password, 12 characters').fill('four words of mei');
  await admin.page.getByRole('button', { name: 'Add an account' }).click();
  await admin.page.getByRole('cell', { name: 'mei', exact: true }).waitFor();
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(`${url}/sign-in?next=/me`);
  await page.getByLabel('Account').fill('mei');
  await page.getByLabel('Password').fill('not these words');
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await page.getByRole('alert').filter({ hasText: 'The account or the password is wrong.' }).waitFor();
  await page.getByLabel('Password').fill('four words of mei');
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await page.waitForURL(`${url}/me`);
  await page.getByRole('heading', { name: 'mei' }).waitFor();
  await page.getByRole('button', { name: 'Make a token' }).waitFor();
  await page.getByLabel('Label').fill('laptop');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByRole('cell', { name: 'laptop' }).waitFor();
  expect(await page.getByRole('status').filter({ hasText: 'hera_' }).count()).toBe(1);
  await context.close();
  await admin.page.goto(`${url}/audit?who=mei`);
  for (const what of ['sign-in-refused', 'sign-in', 'token.create'])
    await admin.page.getByRole('cell', { name: what, exact: true }).first().waitFor();
  expect(await admin.page.getByRole('main').textContent()).toContain('127.0.0.1');
  expect(admin.wrong).toEqual([]);
  await close(admin.page);
});

test('the job list shows what is deployed, filters by the address, and says what it did not understand', async () => {
  const { page, wrong } = await open('/jobs');
  await page.getByRole('link', { name: 'ods/orders', exact: true }).waitFor();
  await page.getByLabel('Owner').selectOption('trade');
  await page.waitForURL('**/jobs?owner=trade');
  await page.getByRole('link', { name: 'dw/report', exact: true }).waitFor({ state: 'detached' });
  await page.goto(`${url}/jobs?owner=trade&state=sleeping`);
  await page.getByText('Not understood, so not used: state=sleeping').waitFor();
  await page.goto(`${url}/jobs?q=nothing-like-this`);
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await page.getByRole('link', { name: 'dw/report', exact: true }).waitFor();
  expect(wrong).toEqual([]);
  await close(page);
});

test('a job shows its resolved values with the file that gave each, and its next runs in three zones', async () => {
  const { page, wrong } = await open('/jobs/ods/orders');
  expect(await page.title()).toBe('✓ ods/orders · Hera');
  await page.getByRole('heading', { name: 'Your zone: Europe/Berlin' }).waitFor();
  const text = await page.getByRole('main').textContent();
  for (const part of ['订单接入', '30 2 * * *', 'ods/_folder.yaml', 'Asia/Shanghai', 'UTC', 'dw/report'])
    expect(text).toContain(part);
  await page.goto(`${url}/jobs/ods/order`);
  await page.getByRole('heading', { name: 'There is no job ods/order' }).waitFor();
  await page.getByRole('link', { name: 'ods/orders' }).waitFor();
  expect(wrong).toEqual([]);
  await close(page);
});

test('a number of the old scheduler, an id and a former id lead to the page of the job; what nobody is called answers 404 and says so', async () => {
  const { page, wrong } = await open('/jobs');
  for (const name of ['42', 'ods/orders', 'ods/old_orders']) {
    expect((await page.goto(`${url}/go/${name}`))?.status()).toBe(200);
    expect(new URL(page.url()).pathname).toBe('/jobs/ods/orders');
  }
  expect((await hera('job', '42', '--json')).json<{ job: string }>().job).toBe('ods/orders');
  expect(wrong).toEqual([]);
  expect((await page.goto(`${url}/go/43`))?.status()).toBe(404);
  await page.getByRole('heading', { name: 'No job is called 43' }).waitFor();
  await close(page);
});

test('a job or a run that is not there answers 404', async () => {
  const { page } = await open('/jobs');
  for (const path of ['/jobs/ods/order', '/runs/999999']) expect((await page.goto(url + path))?.status()).toBe(404);
  await page.getByRole('heading', { name: 'There is no run 999999' }).waitFor();
  expect((await page.goto(`${url}/jobs/ods/orders`))?.status()).toBe(200);
  await close(page);
});

test('why a process ended is told in the language of the page', async () => {
  const { page } = await open(`/runs/${runs.fail}`, { language: 'zh-CN' });
  await page.getByText('进程以退出码 3 结束').waitFor();
  await close(page);
});

test('a dialog can be used by everybody, in both themes', async () => {
  for (const theme of ['light', 'dark'] as const) {
    const { page } = await open('/jobs/ods/orders', { theme, language: 'zh-CN', width: 390 });
    await page.getByRole('button', { name: '运行', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    // Half-way through fading in, every colour is a weaker one.
    await page
      .getByRole('dialog')
      .evaluate((it) => Promise.all(it.getAnimations().map((each: { finished: Promise<unknown> }) => each.finished)));
    const { violations } = await new AxeBuilder({ page }).include('[role=dialog]').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await close(page);
  }
});

test('a failed run says why, how its process ended, and opens its log at the end, as text', async () => {
  const { page, wrong } = await open(`/runs/${runs.fail}`);
  expect(await page.title()).toBe('✕ by-hand/fail · Hera');
  await page.getByText('the last line').waitFor();
  await page.getByRole('heading', { name: '1 attempt' }).waitFor();
  await page.getByRole('cell', { name: /exit 3/ }).waitFor();
  const rows = await page.getByRole('region', { name: 'Output' }).locator('a[href^="#L"]').count();
  expect(rows).toBeLessThan(200);
  await page.goto(`${url}/runs/${runs.fail}#L1`);
  await page.reload();
  await page.getByText('<b>not bold</b>').waitFor();
  expect(await page.locator('.ansi-red', { hasText: 'red' }).count()).toBe(1);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText('HERA_ATTEMPT=1').waitFor();
  expect(await page.getByText('seq 1 30000; echo the last line').count()).toBe(1);
  expect(wrong).toEqual([]);
  await close(page);
});

test('a queued run without a worker says so and names the machine group', async () => {
  const { page } = await open(`/runs/${runs.idle}`);
  await page.getByRole('heading', { name: 'Why it has not started' }).waitFor();
  await page.getByText('No live worker serves the machine group').waitFor();
  await close(page);
});

test('a run is asked by a dialog that says its consequence, grows its log live, and is cancelled', async () => {
  const { page, wrong } = await open('/jobs/by-hand/wait');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('It does not wait for what the job needs.').waitFor();
  await page.getByRole('button', { name: 'Run once' }).click();
  await page.waitForURL('**/runs/*');
  await page.getByRole('region', { name: 'Output' }).getByText('begun').waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByText('This is final; it cannot be undone.').waitFor();
  await page.getByRole('button', { name: 'Cancel this run' }).click();
  await page.locator('[aria-live]').getByText('Cancelled').waitFor();
  expect(wrong).toEqual([]);
  await close(page);
});

test('the keyboard goes to search, to places, and to the list of keys', async () => {
  const { page } = await open('/jobs');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('report');
  await page.waitForURL('**/jobs?q=report');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL('**/runs');
  await close(page);
});

test('the language, the theme and the zone are chosen once and kept', async () => {
  const { page } = await open('/runs');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '运行' }).waitFor();
  await page.getByRole('button', { name: '切换到深色' }).click();
  await page.getByLabel('时间显示时区').selectOption('utc');
  await page.reload();
  await page.getByRole('heading', { name: '运行' }).waitFor();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  expect(await page.locator('tbody time').first().textContent()).toMatch(/UTC$/);
  await close(page);
});

const ROUTES = [
  '/jobs',
  '/jobs/ods/orders',
  '/runs',
  '/runs/FAIL',
  '/runs/IDLE',
  `/jobs/by-hand/${LONG}`,
  '/backfills',
  '/backfills/BACKFILL',
  '/deployments',
  '/machines',
  '/status',
  '/audit',
  '/me',
  '/people',
  '/sign-in',
  '/nowhere',
];
test('a long name goes on in a second line, and leaves the other columns and rows where they are', async () => {
  await hera('run', `by-hand/${LONG}`, '--wait');
  for (const list of ['/jobs', '/runs']) {
    const { page } = await open(list);
    const rows = page.locator('tbody tr');
    const heightOf = async (name: string) => (await rows.filter({ hasText: name }).first().boundingBox())!.height;
    expect(await heightOf(LONG), list).toBeLessThan(60);
    expect(await heightOf('by-hand/fail'), list).toBeLessThan(40);
    const wide = await page.locator('table').evaluate((table) => table.scrollWidth - table.parentElement!.clientWidth);
    expect(wide, list).toBeLessThanOrEqual(0);
    await close(page);
  }
});

const routeOf = (route: string) =>
  route.replace('FAIL', runs.fail).replace('IDLE', runs.idle).replace('BACKFILL', backfill);
const LOOKS = [
  { theme: 'light', language: 'en', width: 1280 },
  { theme: 'dark', language: 'zh-CN', width: 390 },
  { theme: 'light', language: 'zh-CN', width: 390 },
  { theme: 'dark', language: 'en', width: 1280 },
] as const;

describe.each(LOOKS)('in $theme, $language, at $width px', (look) => {
  test.each(ROUTES)('%s can be used by everybody, and nothing of it lies beside the screen', async (route) => {
    const { page, wrong } = await open(routeOf(route), look);
    expect(await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth)).toBe(0);
    expect(await page.locator('html').getAttribute('lang')).toBe(look.language);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
    expect(wrong).toEqual([]);
    await close(page);
  });
});

test('a log that gets thousands of lines each second stays usable: it follows closely, is paused, and is searched', async () => {
  const { run } = (await hera('run', 'by-hand/chatter', '--json')).json<{ run: string }>();
  const { page, wrong } = await open(`/runs/${run}`);
  const box = page.getByRole('region', { name: 'Output' });
  await box
    .getByText(/^line \d+ \d{13} x/)
    .first()
    .waitFor();
  // Sampled whenever the last line is another one.
  const lags = await box.evaluate(async (element) => {
    const found: number[] = [];
    for (let seen = ''; found.length < 20; ) {
      await new Promise((seen) => setTimeout(seen, 15));
      const last = [...(element.textContent ?? '').matchAll(/line (\d+) (\d{13}) x/g)].at(-1);
      if (last && last[1] !== seen) found.push(Date.now() - Number(last[2]));
      seen = last?.[1] ?? seen;
    }
    return found.sort((a, b) => a - b);
  });
  expect(lags[Math.floor(lags.length / 2)]).toBeLessThan(3000);
  expect(await box.locator('div.flex').count()).toBeLessThan(200);

  const follow = page.getByRole('button', { name: 'Follow' });
  await follow.click();
  // What is in sight; more lines come below it.
  const inSight = () => box.evaluate((element) => `${element.scrollTop} ${element.textContent?.slice(0, 2000)}`);
  const before = await inSight();
  for (let i = 0; i < 3; i += 1) await page.waitForResponse((response) => /\/log\?from=/.test(response.url()));
  expect(await inSight()).toBe(before);

  const [, wanted] = /line (\d+) /.exec(before) ?? [];
  await page.getByRole('searchbox', { name: 'Search what is loaded' }).fill(`LINE ${wanted} `);
  await page.getByText('1 of 1').waitFor();
  await follow.click();
  await page.waitForResponse((response) => /\/log\?from=/.test(response.url()));
  expect(wrong).toEqual([]);
  await hera('cancel', run, '--yes');
  await close(page);
});

test('a backfill is looked at, paused, paced, and given up by a plan whose address can be shared', async () => {
  const { page, wrong } = await open('/backfills');
  await page.getByRole('link', { name: backfill, exact: true }).click();
  await page.getByText('Waits for its time of day').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'At once' }).fill('4');
  await page.getByRole('button', { name: 'Set' }).click();
  await page.getByRole('button', { name: 'Set' }).and(page.locator(':disabled')).waitFor();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.waitForURL(/do=cancel/);
  const shared = new URL(page.url());
  await close(page);
  const other = await open(shared.pathname + shared.search);
  const dialog = other.page.getByRole('dialog');
  await dialog.getByText('3 runs').waitFor();
  await dialog.getByRole('button', { name: 'Cancel all' }).click();
  await other.page.getByText('Ended', { exact: true }).first().waitFor();
  await close(other.page);
  expect([...wrong, ...other.wrong]).toEqual([]);
  expect((await hera('backfill', 'show', backfill, '--json')).json()).toMatchObject({
    parallel: 4,
    // Their periods had no result to come back to.
    states: { cancelled: 3 },
  });
});
