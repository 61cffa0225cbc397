import { describe, expect, test } from 'vitest';
import {
  eventOf,
  isTerminal,
  move,
  RUN_STATES,
  type RunEvent,
  type RunState,
} from '../../../runtime/control/states.js';

// The table of states, over every pair. What is written here by hand is the law; the table must say the same.

const EVENTS: readonly RunEvent[] = [
  'ready',
  'begin',
  'hold',
  'succeed',
  'fail',
  'expire',
  'cancel',
  'retry',
  'skip',
  'ask',
  'mark-succeeded',
  'mark-failed',
  'mark-skipped',
];

const MARKED = [
  ['mark-succeeded', 'succeeded'],
  ['mark-failed', 'failed'],
  ['mark-skipped', 'skipped'],
] as const;

const LAW: readonly (readonly [RunState, RunEvent, RunState])[] = [
  ['waiting', 'ready', 'queued'],
  ['waiting', 'skip', 'skipped'],
  ['waiting', 'cancel', 'cancelled'],
  ['waiting', 'fail', 'failed'],
  ['queued', 'begin', 'running'],
  ['queued', 'hold', 'waiting'],
  ['queued', 'fail', 'failed'],
  ['queued', 'cancel', 'cancelled'],
  ['queued', 'retry', 'waiting'],
  ['running', 'begin', 'running'],
  ['running', 'succeed', 'succeeded'],
  ['running', 'fail', 'failed'],
  ['running', 'expire', 'timed_out'],
  ['running', 'cancel', 'cancelled'],
  ['running', 'retry', 'waiting'],
  ['succeeded', 'ask', 'waiting'],
  ['failed', 'ask', 'waiting'],
  ['timed_out', 'ask', 'waiting'],
  ['cancelled', 'ask', 'waiting'],
  ['skipped', 'ask', 'waiting'],
  // A mark finds every run but those under way.
  ...(['waiting', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped'] as const).flatMap((state) =>
    MARKED.map(([event, to]) => [state, event, to] as const),
  ),
];

describe('the states of a run', () => {
  test.each(RUN_STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const)))(
    '%s, on %s, goes where the law says or nowhere',
    (state, event) => {
      expect(move(state, event)).toBe(LAW.find(([from, on]) => from === state && on === event)?.[2]);
    },
  );

  test('nothing but a new turn or a mark leaves a terminal state', () => {
    for (const state of RUN_STATES.filter(isTerminal))
      expect(EVENTS.filter((event) => move(state, event) !== undefined)).toEqual([
        'ask',
        'mark-succeeded',
        'mark-failed',
        'mark-skipped',
      ]);
  });

  test('from running every outcome leads to the state of its name', () => {
    for (const [outcome, event] of Object.entries(eventOf)) expect(move('running', event)).toBe(outcome);
  });
});
