import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endApplications } from '../../runtime/worker/resource-manager.js';
import { installHadoop } from './install.js';

// A real ResourceManager without hosts: what is submitted there waits, until somebody ends it. Its answers are those on which
// test/support/resource-manager.ts is modelled.

const folder = mkdtempSync(join(tmpdir(), 'hera-yarn-'));
let daemon: ChildProcess;
let url = '';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const site = (values: Readonly<Record<string, string>>): string =>
  `<configuration>${Object.entries(values)
    .map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`)
    .join('\n')}</configuration>`;

const OPENED = ['java.lang', 'java.util', 'java.net', 'java.io', 'java.util.concurrent', 'java.lang.reflect'];

beforeAll(async () => {
  const hadoop = await installHadoop();
  const names = ['address', 'scheduler.address', 'resource-tracker.address', 'admin.address', 'webapp.address'];
  const ports = await Promise.all(names.map(freePort));
  const addresses = names.map((name, i) => [`yarn.resourcemanager.${name}`, `127.0.0.1:${ports[i]}`] as const);
  url = `http://127.0.0.1:${ports[4]}`;
  writeFileSync(join(folder, 'core-site.xml'), site({ 'fs.defaultFS': 'file:///', 'hadoop.tmp.dir': folder }));
  writeFileSync(join(folder, 'yarn-site.xml'), site(Object.fromEntries(addresses)));
  const queue = 'yarn.scheduler.capacity.root';
  writeFileSync(
    join(folder, 'capacity-scheduler.xml'),
    site({ [`${queue}.queues`]: 'default', [`${queue}.default.capacity`]: '100' }),
  );
  const opens = OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
  const main = 'org.apache.hadoop.yarn.server.resourcemanager.ResourceManager';
  daemon = spawn('java', [...opens, '-Xmx320m', '-cp', `${folder}:${hadoop}/lib/*`, main], {
    cwd: folder,
    stdio: 'ignore',
  });
  for (let left = 240; !(await fetch(`${url}/ws/v1/cluster/info`).catch(() => undefined))?.ok; left--) {
    if (left === 0 || daemon.exitCode !== null) throw new Error(`the ResourceManager does not answer at ${url}`);
    await delay(500);
  }
});
afterAll(async () => {
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

async function submit(tag: string): Promise<string> {
  const apps = `${url}/ws/v1/cluster/apps`;
  const as = '?user.name=etl';
  const made = await fetch(`${apps}/new-application${as}`, { method: 'POST' });
  const { 'application-id': id } = (await made.json()) as { 'application-id': string };
  const body = {
    ...{ 'application-id': id, 'application-name': 'waits', 'application-type': 'TEST', queue: 'default' },
    'am-container-spec': { commands: { command: 'sleep 600' } },
    resource: { memory: 256, vCores: 1 },
    'application-tags': { tag: [tag] },
  };
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  expect((await fetch(`${apps}${as}`, init)).status).toBe(202);
  return id;
}

const stateOf = async (id: string): Promise<string> =>
  ((await (await fetch(`${url}/ws/v1/cluster/apps/${id}/state`)).json()) as { state: string }).state;

test('applications are ended by what was seen of them and by their tag, and no others', async () => {
  const [seen, tagged, other] = [await submit('hera-a'), await submit('hera-b'), await submit('hera-c')];
  const yarn = { resourceManager: url, tag: 'hera-b', user: 'etl' };
  const times = { confirmMs: 60_000, confirmRetryMs: 200 };
  const unknown = 'application_1000000000000_0001';
  expect(await endApplications(yarn, [seen, unknown], times, new AbortController().signal)).toBeUndefined();
  expect([await stateOf(seen), await stateOf(tagged)]).toEqual(['KILLED', 'KILLED']);
  expect(['SUBMITTED', 'ACCEPTED', 'NEW', 'NEW_SAVING']).toContain(await stateOf(other));
});

test('without anything of the run there is nothing to end', async () => {
  const yarn = { resourceManager: url, tag: 'hera-nobody' };
  const times = { confirmMs: 1, confirmRetryMs: 1 };
  expect(await endApplications(yarn, [], times, new AbortController().signal)).toBeUndefined();
});
