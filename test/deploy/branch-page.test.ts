import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSignInLink } from '../../runtime/auth/tokens.js';
import { type Bare, openBare } from '../support/bare.js';
import { openServer, type ServerForTests } from '../support/server.js';

// The page of deployments says when the branch that deploys is not in force, and why. Needs built pages (`npm run build`).

let server: ServerForTests;
let bare: Bare;
let cookie = '';
beforeAll(async () => {
  server = await openServer({ followMs: 3_600_000, pages: true });
  bare = openBare();
  const { secret } = await makeSignInLink(server.database, 'ada');
  const signedIn = await fetch(`${server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify({ link: secret }),
  });
  cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
});
afterAll(async () => {
  bare.close();
  await server.stop();
});

const page = async (): Promise<string> => (await fetch(`${server.url}/deployments`, { headers: { cookie } })).text();

test('a branch in force is no news; a broken head stands on the page with the compiler’s words', async () => {
  bare.clone.commit(
    { 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.yaml': 'run: { shell: "true" }\n' },
    'it works',
  );
  await bare.clone.push();
  await server.client.setSource({ project: 'shop', repository: bare.path, branch: 'main', under: '' });
  const good = await page();
  expect(good).toContain('it works');
  expect(good).not.toContain('role="alert"');
  bare.clone.commit({ 'a.yaml': 'needs: [nope]\nrun: { shell: "true" }\n' });
  await bare.clone.push();
  await server.client.checkSource('shop');
  const broken = await page();
  expect(broken).toContain('role="alert"');
  expect(broken).toContain('Its newest commit does not compile');
  expect(broken).toContain('a.yaml:1');
});
