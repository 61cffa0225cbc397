import { Context } from '@temporalio/activity';
import { ActivityCancelledError, ActivityNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { MachineActivities } from '../../workflows/contract.js';
import { Failure } from '../errors.js';
import { type Delivery, type Machine, TurnLost } from './machine.js';
import type { LeaseTimes } from './times.js';

/** The activities of machine-group workers, over one machine. `client` makes heartbeats whose answer we see. */
export const machineActivities = (machine: Machine, client: Client, times: LeaseTimes): MachineActivities => ({
  async execute(input) {
    const delivery = deliveryOf(Context.current(), client, times);
    try {
      return await machine.execute(input, delivery);
    } catch (error) {
      if (delivery.signal.aborted && delivery.isCancelled())
        throw new CancelledFailure('cancelled before a process began');
      throw forTemporal(error);
    }
  },
});

/**
 * The loss of an attempt is Temporal's to deliver again, and so is a turn that this worker may not have (another may). A turn that does not
 * exist stays refused.
 */
function forTemporal(error: unknown): unknown {
  if (error instanceof TurnLost)
    return ApplicationFailure.create({ type: 'TurnLost', message: error.message, nonRetryable: false });
  if (error instanceof Failure)
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: error.code !== 'forbidden',
      cause: error,
    });
  return error;
}

function deliveryOf(context: Context, client: Client, times: LeaseTimes): Delivery {
  const told = new AbortController();
  let how: 'cancelled' | 'unknown' | undefined;
  const tell = (what: 'cancelled' | 'unknown'): void => {
    how = what;
    told.abort();
  };
  return {
    workflow: context.info.workflowExecution?.workflowId,
    signal: AbortSignal.any([context.cancellationSignal, told.signal]),
    isCancelled: () => how === 'cancelled' || context.cancellationDetails?.cancelRequested === true,
    isUnknown: () => how === 'unknown' || context.cancellationDetails?.notFound === true,
    heartbeat: (details) => context.heartbeat(details),
    async prove(details) {
      try {
        await client.connection.withDeadline(Date.now() + times.callMs, () =>
          client.activity.heartbeat(context.info.taskToken, details),
        );
      } catch (error) {
        if (error instanceof ActivityNotFoundError) tell('unknown');
        // A contact all the same, and the fastest word of a cancel.
        if (!(error instanceof ActivityCancelledError)) throw error;
        tell('cancelled');
      }
    },
  };
}
