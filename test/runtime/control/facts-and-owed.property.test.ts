import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { mark } from '../../../runtime/control/operations/mark.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import type { Outcome } from '../../../workflows/contract.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What a run owes, and what is true of its period, whatever a tick and people do to it in whatever order: a turn by hand touches neither,
// and what is owed is served exactly once. The rule is written a second time, as a model of a few lines, and both are asked the same.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;

type Live = { hand: boolean; opened: boolean; cancel: boolean };
type Step = 'tick' | 'catch-up' | 'by hand' | 'open' | 'succeed' | 'fail' | 'cancel' | 'mark';

/** The rule: `owed` waits beside a turn by hand; only what is owed writes the fact. */
class Model {
  ticked = false;
  owed = false;
  served = 0;
  fact: Outcome | 'none' = 'none';
  /** The state between turns; null: none yet. */
  rest: Outcome | null = null;
  live: Live | null = null;

  /** False: the step must be refused as a conflict. */
  take(step: Step): boolean {
    switch (step) {
      case 'tick':
      case 'catch-up':
        if (!this.ticked && this.fact === 'none') this.owed = true;
        this.ticked = true;
        this.serve();
        return true;
      case 'by hand':
        if (this.live !== null) return false;
        this.live = { hand: true, opened: false, cancel: false };
        return true;
      case 'open':
        if (this.live !== null) this.live.opened = true;
        return true;
      case 'succeed':
      case 'fail':
        if (this.live !== null) this.end(this.live.cancel ? 'cancelled' : step === 'succeed' ? 'succeeded' : 'failed');
        return true;
      case 'cancel':
        if (this.live === null) return false;
        if (this.live.opened) this.live.cancel = true;
        else this.end('cancelled');
        return true;
      case 'mark':
        if (this.live !== null) return false;
        this.owed = false;
        this.fact = 'succeeded';
        this.rest = 'succeeded';
        return true;
      default:
        return step satisfies never;
    }
  }

  private end(outcome: Outcome): void {
    if (this.live?.hand) this.rest ??= this.owed ? null : outcome;
    else {
      this.owed = false;
      this.fact = outcome;
      this.rest = outcome;
    }
    this.live = null;
    this.serve();
  }

  private serve(): void {
    if (!this.owed || this.live !== null) return;
    this.live = { hand: false, opened: false, cancel: false };
    this.served += 1;
  }
}

const PERIOD = day(1);

async function doStep(project: string, job: string, step: Step): Promise<boolean> {
  const find = async () => (await hera.run(job, PERIOD).catch(() => undefined)) ?? { id: '0', live: null };
  try {
    const { id, live } = await find();
    if (step === 'tick') await hera.tick(PERIOD);
    if (step === 'catch-up') await hera.tick(PERIOD, { newest: true });
    if (step === 'by hand') await askRun(hera.context, { ...asker, project, job, period: new Date(PERIOD) });
    if (step === 'mark') {
      const asked = { ...asker, project, state: 'succeeded', reason: 'seen', hash: null } as const;
      const chosen = { periods: [{ job, period: new Date(PERIOD) }] };
      const { hash } = await mark(hera.context, { ...asked, chosen });
      await mark(hera.context, { ...asked, chosen, hash });
      return true;
    }
    if (step === 'cancel' && id === '0') return false;
    if (step === 'cancel') await cancelRun(hera.context, { ...asker, run: id, owed: false });
    if (live === null) return true;
    if (step === 'open') await open(hera.context, { run: id, temporalRunId: `e${live}` });
    if (step === 'succeed' || step === 'fail') {
      const opened = await open(hera.context, { run: id, temporalRunId: `e${live}` });
      // As a begin leaves it; one that was asked to end before a process began is settled by `open` itself.
      await hera.database`update run set state = 'running' where id = ${id} and state = 'queued' and turn = ${live}`;
      if (opened.kind === 'go') await settle(hera.context, id, live, step === 'succeed' ? OK : FAILED);
    }
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'conflict') return false;
    throw error;
  }
}

const steps = fc.array(
  fc.constantFrom<Step>('tick', 'catch-up', 'by hand', 'by hand', 'open', 'succeed', 'fail', 'cancel', 'mark'),
  { minLength: 3, maxLength: 14 },
);

describe('ticks, turns by hand, endings, cancels and marks', () => {
  test('in any order leave the fact of what was owed, and serve that exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const project = `p${randomUUID().slice(0, 8)}`;
        const job = `${project}/a`;
        await hera.database`update timetable set used_since = null`;
        await hera.apply(
          { 'hera.project.yaml': `name: ${project}\nzone: UTC\n`, [`${job}.yaml`]: DAILY },
          { on: null },
        );
        const model = new Model();
        for (const step of sequence) {
          // What has begun to end is ended: the workflow does so by itself.
          if (model.live?.cancel && step !== 'succeed' && step !== 'fail') continue;
          expect([step, await doStep(project, job, step)]).toEqual([step, model.take(step)]);
          const seen = await hera.run(job, PERIOD).catch(() => undefined);
          if (seen === undefined) continue;
          expect({ fact: seen.fact, owed: seen.owed !== null, live: seen.live !== null }).toEqual({
            fact: model.fact,
            owed: model.owed,
            live: model.live !== null,
          });
          if (model.live === null) expect(seen.state).toBe(model.rest);
          else expect(seen.trigger === 'manual').toBe(model.live.hand);
        }
        const [served] = await hera.database`
          select count(*)::int as n from turn join run on run.id = turn.run
          where run.project = ${project} and turn.trigger <> 'manual'`;
        expect(served!.n).toBe(model.served);
        expect(model.served).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('a turn by hand at the moment of its tick', () => {
  test('leaves one turn by hand and one of the tick, whichever comes first', async () => {
    for (let i = 1; i <= 8; i += 1) {
      const project = `moment${i}`;
      const job = `${project}/a`;
      await hera.apply({ 'hera.project.yaml': `name: ${project}\nzone: UTC\n`, [`${job}.yaml`]: DAILY }, { on: null });
      const hand = askRun(hera.context, { ...asker, project, job, period: new Date(PERIOD) });
      const [asked] = await Promise.allSettled([hand, hera.tick(PERIOD)]);
      for (let left = await hera.run(job, PERIOD); left.live !== null; left = await hera.run(job, PERIOD))
        await hera.end(job, PERIOD, left.trigger === 'manual' ? FAILED : OK);
      expect(await hera.run(job, PERIOD)).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
      const turns = await hera.database`
        select turn.trigger from turn join run on run.id = turn.run where run.project = ${project} order by turn.trigger`;
      // Refused only where the tick's own turn was there first.
      const triggers = asked.status === 'fulfilled' ? ['manual', 'schedule'] : ['schedule'];
      expect(turns.map((turn) => turn.trigger)).toEqual(triggers);
    }
  });
});

describe('a success by hand', () => {
  test('before the tick is no fact: what needs the period waits for the turn of the tick', async () => {
    await hera.apply(
      {
        'hera.project.yaml': 'name: early\nzone: UTC\n',
        'early/up.yaml': DAILY,
        'early/down.yaml': `needs: [./up]\n${JOB}`,
      },
      { on: null },
    );
    await askRun(hera.context, { ...asker, project: 'early', job: 'early/up', period: new Date(PERIOD) });
    await hera.end('early/up', PERIOD, OK);
    await hera.tick(PERIOD);
    expect(await hera.run('early/down', PERIOD)).toMatchObject({
      state: 'waiting',
      reasons: [{ kind: 'need', state: 'none' }],
    });
    await hera.end('early/up', PERIOD, OK);
    expect((await hera.run('early/down', PERIOD)).state).toBe('queued');
  });
});
