import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Receiver } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AlertSender, startAlertSender } from '../../../runtime/alerts/sender.js';
import { post, webhookOf } from '../../../runtime/alerts/webhook.js';
import { markUndelivered, takeDueAlerts, tidyAlerts } from '../../../runtime/store/alert.js';
import { type ApiForTests, openApi } from '../../support/api.js';
import { type Hera, startHera } from '../../support/hera.js';
import { shiftClock } from '../../support/shifted-clock.js';

// Who is on call hears of what needs him, once, and can tell that it comes from us. The receiver checks signatures with the library of the
// convention, not with ours.

const SECRET = `whsec_${Buffer.from('a secret of thirty-two letters..').toString('base64')}`;
const SILENT = { info() {}, warn() {}, error() {} };

type Message = Readonly<{ type: string; data: Readonly<Record<string, unknown>> }>;
type Received = Readonly<{ id: string; verified: boolean; message: Message }>;

const received: Received[] = [];
/** Answers to give before 204. */
let refusals: number[] = [];
let receiver: Server;
let hera: Hera;
let api: ApiForTests;
let url = '';
const senders: AlertSender[] = [];

const files = {
  'hera.project.yaml': 'name: shop\nzone: UTC\nmachineGroups: [default, nobody]\ndefaults: { owner: trade }\n',
  'ods/fails.yaml': 'schedule: "0 0 3 * * ?"\nretries: { times: 1, wait: 1s }\nrun: { shell: "exit 3" }\n',
  'ods/works.yaml': 'schedule: "0 0 3 * * ?"\nrun: { shell: "true" }\n',
  'idle/job.yaml': 'machineGroup: nobody\nrun: { shell: "true" }\n',
};

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      let verified = true;
      try {
        new Receiver(SECRET).verify(body, request.headers as Record<string, string>);
      } catch {
        verified = false;
      }
      received.push({ id: String(request.headers['webhook-id']), verified, message: JSON.parse(body) as Message });
      response.writeHead(refusals.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`;
  hera = await startHera({ ledgerTimes: { idleSeconds: 0 } });
  api = await openApi(hera, { hasWebhook: true });
  await hera.apply(files);
});
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.stop();
  await hera.database`delete from alert`;
  received.length = 0;
  refusals = [];
});
afterAll(async () => {
  await api.stop();
  await hera.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const send = (secret = SECRET): void =>
  void senders.push(startAlertSender(hera.database, webhookOf(url, secret)!, SILENT));
const asker = { by: 'tester', via: 'test' };
const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}T03:00:00Z`;

/** One period owed by its schedule, as a tick would leave it. */
async function owe(job: string, period: string): Promise<void> {
  await hera.running.control.run({ ...asker, project: 'shop', job, period: new Date(period) });
  await hera.until(
    async () => ['failed', 'succeeded'].includes((await hera.run(job, period))?.state ?? ''),
    'the run by hand',
  );
  await hera.database`
    insert into tick (timetable, instant, project, deployment, trigger)
    select id, ${new Date(period)}, project, (select max(id) from deployment), 'schedule' from timetable`;
  const { tickPage } = await import('../../../runtime/control/tick.js');
  const [{ id } = { id: '' }] = await hera.database<{ id: string }[]>`select id from timetable`.then((rows) => [
    ...rows,
  ]);
  await tickPage(hera.running.context, { timetable: id, instant: period });
}

const messages = (count: number) => hera.until(async () => received.length >= count && received, `${count} messages`);

describe('a failed run', () => {
  test('by its schedule is told once, when its retries are used up, signed, with an id and a sentence', async () => {
    send();
    await owe('ods/fails', day(20));
    const [one] = await messages(1);
    expect(one).toMatchObject({
      verified: true,
      message: {
        type: 'run-failed',
        data: { project: 'shop', job: 'ods/fails', owner: 'trade', retries: 1, ending: { kind: 'exited', code: 3 } },
      },
    });
    expect(one?.message.data.text).toBe('shop: ods/fails of 2026-11-20T03:00:00.000Z failed: exit code 3');
    expect(await hera.database`select from alert`).toHaveLength(1);
    expect(received).toHaveLength(1);
  });

  test('by hand is told to nobody: somebody watches it', async () => {
    await hera.running.control.run({ ...asker, project: 'shop', job: 'ods/fails', period: new Date(day(19)) });
    await hera.until(async () => (await hera.run('ods/fails', day(19)))?.state === 'failed', 'the run');
    expect(await hera.database`select from alert`).toHaveLength(0);
  });

  test('of a backfill is told once, when the backfill has ended', async () => {
    const request = { ...asker, project: 'shop', jobs: 'ods/*', only: 'all' as const, parallel: 4 };
    const range = { from: new Date(day(10)), to: new Date(day(12)) };
    const { hash } = await hera.running.control.backfill({ ...request, ...range, hash: null });
    const { operation } = await hera.running.control.backfill({ ...request, ...range, hash });
    await hera.until(async () => {
      const [row] = await hera.database`select from operation where id = ${operation!} and finished_at is not null`;
      return row;
    }, 'the backfill');
    const rows = await hera.database`select kind, body from alert`;
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { kind: 'backfill-failed', body: { operation, failed: 2, members: 4 } },
    ]);
  });
});

describe('delivery', () => {
  test('goes on until the receiver takes it, with the same id, and not after', async () => {
    refusals = [500, 503];
    send();
    const test = api.ask<{ id: string; lastError: string | null }>('POST', '/api/v1/alerts/test');
    const all = await messages(3);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect((await test).body.lastError).toBe('the receiver answered 500');
    await hera.until(async () => {
      const [row] = await hera.database<{ sends: number }[]>`select sends from alert where delivered_at is not null`;
      return row?.sends === 3;
    }, 'the delivery to be noted');
    expect(received).toHaveLength(3);
  });

  test('by two processes at once sends each alert once', async () => {
    for (let i = 0; i < 30; i += 1)
      await hera.database`insert into alert (key, kind, body) values (${`test:${i}`}, 'test', '{"by":"me"}')`;
    send();
    send();
    await messages(30);
    await hera.until(async () => {
      const left = await hera.database`select from alert where delivered_at is null`;
      return left.length === 0;
    }, 'all deliveries');
    expect(new Set(received.map(({ id }) => id)).size).toBe(30);
    expect(received).toHaveLength(30);
  });

  test('is not tried again while the receiver still takes its time, and soon when it has refused', async () => {
    await hera.database`insert into alert (key, kind, body) values ('test:slow', 'test', '{"by":"me"}')`;
    const take = () => takeDueAlerts(hera.database, 1, 30);
    const pass = (seconds: number) =>
      hera.database`update alert set next_send_at = next_send_at - ${seconds} * interval '1 second'`;
    const [alert] = await take();
    await pass(10);
    expect(await take()).toEqual([]);
    await markUndelivered(hera.database, alert!.id, 'the receiver answered 500');
    await pass(1);
    expect(await take()).toMatchObject([{ id: alert!.id, sends: 2 }]);
    await pass(30);
    expect(await take()).toMatchObject([{ id: alert!.id, sends: 3 }]);
  });

  test.each([-7_200_000, 7_200_000])(
    'by a process whose clock is wrong by %i ms is signed for the time of the database, and taken',
    async (ms) => {
      await hera.database`insert into alert (key, kind, body) values (${`test:clock${ms}`}, 'test', '{"by":"me"}')`;
      const [alert] = await takeDueAlerts(hera.database, 1, 60);
      const makeRight = shiftClock(ms);
      const posted = post(webhookOf(url, SECRET)!, 'here', alert!);
      makeRight();
      expect(await posted).toBeUndefined();
      expect(received).toMatchObject([{ verified: true }]);
    },
  );

  test('with another secret is what a receiver can tell', async () => {
    send('another secret of at least 24 letters');
    await api.ask('POST', '/api/v1/alerts/test');
    expect((await messages(1))[0]?.verified).toBe(false);
  });

  test('gives up what is older than a day, and keeps the list', async () => {
    await hera.database`
      insert into alert (key, kind, body, raised_at) values
        ('test:old', 'test', '{"by":"me"}', now() - interval '25 hours'), ('test:ancient', 'test', '{"by":"me"}', now() - interval '91 days')`;
    await tidyAlerts(hera.database, 90);
    const { body } = await api.ask<{ items: readonly { text: string; givenUpAt: string | null }[] }>(
      'GET',
      '/api/v1/alerts',
      {
        as: 'viewer',
      },
    );
    expect(body.items).toMatchObject([{ text: 'a test, asked by me', givenUpAt: expect.any(String) }]);
  });

  test.each([
    ['ftp://host', SECRET, 'HERA_ALERT_URL'],
    ['http://host', 'short', 'HERA_ALERT_SECRET'],
    ['http://host', undefined, 'HERA_ALERT_SECRET'],
  ])('to %s with the secret %s is refused with the remedy', (address, secret, named) => {
    expect(() => webhookOf(address, secret)).toThrow(named);
  });
});

describe('the ledger', () => {
  test('tells of a workday calendar that lacks the year, once', async () => {
    const years = async () =>
      hera.database`select body->>'calendar' as calendar, body->>'message' as message from alert where kind = 'year-missing'`;
    await hera.apply({
      ...files,
      'calendars/old.yaml': 'week: [mon, tue, wed, thu, fri]\nyears: { 2020: { off: [2020-01-01] } }\n',
      'on-days.yaml': 'schedule: { cron: "0 5 1 1 *", on: old }\nrun: { shell: "true" }\n',
    });
    await hera.running.ledger.round();
    await hera.running.ledger.round();
    expect(await years()).toMatchObject([
      { calendar: 'old', message: expect.stringContaining('`on-days` will go by the days of the week') },
    ]);
  });

  test('tells of ticks that were missed, all of a timetable in one alert', async () => {
    await hera.database`update deployment set in_force_at = now() - interval '10 days'`;
    await hera.database`update timetable set watermark = now() - interval '3 days 1 hour'`;
    await hera.running.ledger.round();
    const rows = await hera.database<{ body: { count: number } }[]>`select body from alert where kind = 'ticks-missed'`;
    expect(rows).toHaveLength(1);
    expect(rows[0]?.body.count).toBe(3);
    await hera.running.ledger.round();
    expect(await hera.database`select from alert where kind = 'ticks-missed'`).toHaveLength(1);
  });

  test('tells of runs that no machine serves, once', async () => {
    await hera.running.control.run({ ...asker, project: 'shop', job: 'idle/job', period: new Date(day(20)) });
    await hera.until(async () => (await hera.run('idle/job', day(20)))?.state === 'queued', 'the run to be queued');
    await hera.running.ledger.round();
    await hera.running.ledger.round();
    const rows = await hera.database`select body from alert where kind = 'group-idle'`;
    expect(rows.map(({ body }) => body)).toMatchObject([{ machineGroup: 'nobody', runs: 1 }]);
  });
});

test('without a webhook a test says what to configure', async () => {
  const bare = await openApi(hera);
  const { status, body } = await bare.ask<{ error: { help: string } }>('POST', '/api/v1/alerts/test');
  expect([status, body.error.help]).toEqual([409, 'start it with HERA_ALERT_URL and HERA_ALERT_SECRET']);
  await bare.stop();
});
