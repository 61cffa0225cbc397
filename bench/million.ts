// Whether a million runs of the past slow down what people ask and what the scheduler does. `npm run bench:million -- [--jobs 10000] [--days 100]`.
// A real PostgreSQL with two databases: one has the jobs alone, which is the floor, the other also their past, written as rows.
// 1 every list and page of the API, asked again and again for other things: p50 and p95 of the server's answer, and what it takes of the processor, which a busy
//   machine does not change; how PostgreSQL found the slowest.
// 2 runs opened and settled in both databases by turns, so that a busy machine is as busy for both; by processor time too.

import { parseArgs } from 'node:util';
import { createApi } from '../runtime/api/app.js';
import { newToken } from '../runtime/auth/tokens.js';
import type { Control } from '../runtime/control/control.js';
import { ensureAccount, insertToken } from '../runtime/store/access.js';
import { type Database, openDatabase } from '../runtime/store/database.js';
import { migrate } from '../runtime/store/migrate.js';
import { dailyEstate } from './estates.js';
import { ways } from './million/explained.js';
import { writeHistory } from './million/history.js';
import { processorMs } from './million/processor.js';
import { type Question, questionsOn } from './million/questions.js';
import { deployEstate, type Side, settleRound } from './million/settling.js';
import { withPostgres } from './own-postgres.js';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    days: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '6' },
  },
});
const [JOBS, DAYS, ROUNDS] = [Number(values.jobs), Number(values.days), Number(values.rounds)];
const ASKED = 40;
const SEED = 1;
const GOAL_MS = 150;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = { info() {}, warn() {}, error() {} };

type Asked = Readonly<{ question: Question; p50: number; p95: number; cpuMs: number }>;

/** The API on a database, asked by someone with a token, without a socket. */
async function apiOn(database: Database): Promise<(path: string) => Promise<void>> {
  const { secret, hash } = newToken('hera');
  await ensureAccount(database, 'bench', 'admin');
  await insertToken(database, { hash, account: 'bench', label: 'bench', days: null, scopes: null });
  // Reading asks nothing of the control plane.
  const { app } = createApi({ database, control: {} as Control, stateDir: '/nonexistent', allowedHosts: [], log });
  return async (path) => {
    const answer = await app.request(path, { headers: { host: '127.0.0.1', authorization: `Bearer ${secret}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`);
  };
}

async function askAll(database: Database, questions: readonly Question[]): Promise<readonly Asked[]> {
  const ask = await apiOn(database);
  const found: Asked[] = [];
  for (const question of questions) {
    const taken: number[] = [];
    await ask(question.path(0));
    const spent = await processorMs(database);
    for (let n = 1; n <= ASKED; n += 1) {
      const begun = performance.now();
      await ask(question.path(n));
      taken.push(performance.now() - begun);
    }
    const cpuMs = ((await processorMs(database)) - spent) / ASKED;
    taken.sort((a, b) => a - b);
    found.push({ question, p50: taken[ASKED / 2]!, p95: taken[Math.floor(ASKED * 0.95)]!, cpuMs });
  }
  return found.sort((a, b) => b.p95 - a.p95);
}

function tell(asked: readonly Asked[]): void {
  for (const { question, p50, p95, cpuMs } of asked)
    say(
      `${question.name.padEnd(48)} p50 ${p50.toFixed(0).padStart(5)} ms   p95 ${p95.toFixed(0).padStart(5)} ms   processor ${cpuMs.toFixed(0).padStart(4)} ms${p95 > GOAL_MS ? '   ABOVE THE GOAL' : ''}`,
    );
}

async function compare(full: Side, empty: Side): Promise<void> {
  const spent = { full: { ms: 0, cpuMs: 0 }, empty: { ms: 0, cpuMs: 0 } };
  let runs = 0;
  // The first of each is warm-up.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, side] of round % 2 === 0
      ? ([
          ['full', full],
          ['empty', empty],
        ] as const)
      : ([
          ['empty', empty],
          ['full', full],
        ] as const)) {
      const { ms, cpuMs, settled } = await settleRound(side, round);
      if (round === 0) continue;
      spent[name].ms += ms;
      spent[name].cpuMs += cpuMs;
      if (name === 'full') runs += settled;
    }
  for (const name of ['empty', 'full'] as const)
    say(
      `${name === 'empty' ? 'floor: jobs without a past' : 'the same with the past'}: ${runs} runs made, admitted, opened and settled, ` +
        `${(spent[name].ms / runs).toFixed(1)} ms and ${(spent[name].cpuMs / runs).toFixed(1)} ms of the processor each`,
    );
  const ratio = (what: 'ms' | 'cpuMs') => (spent.full[what] / spent.empty[what]).toFixed(2);
  say(`ratio: ${ratio('ms')} of the time, ${ratio('cpuMs')} of the processor`);
}

async function main(database: Database, url: string): Promise<void> {
  await database`create database floor`;
  const floor = openDatabase(url.replace(/\/[^/]*$/, '/floor'), { name: 'bench', max: 16 });
  try {
    await migrate(floor);
    const files = dailyEstate(JOBS);
    const [full, empty] = [await deployEstate(database, files), await deployEstate(floor, files)];
    const begun = performance.now();
    const runs = await writeHistory(database, 'shop', DAYS);
    say(`${runs} runs of ${JOBS} jobs written in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    const asked = await askAll(database, await questionsOn(database, SEED));
    tell(asked);
    await compare(full, empty);
    const [slowest] = asked;
    say(`\nhow "${slowest!.question.name}" is found:`);
    const path = slowest!.question.path(0);
    const plans = await ways(url, async (explaining) => {
      const ask = await apiOn(explaining);
      return () => ask(path);
    });
    for (const plan of plans.slice(-2)) say(plan);
  } finally {
    await floor.end({ timeout: 5 });
  }
}

await withPostgres('million', 16, main);
