// Writes what was decided at once when something was done; otherwise it goes with the next batch of the books.

import { toProblem } from '../domain/errors.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Scheduler } from './scheduler.ts';

interface Logging {
  readonly ports: Pick<EnginePorts, 'history' | 'log'>;
  readonly scheduler: Pick<Scheduler, 'outbox'>;
}

/** What cannot be written now goes with the next batch. */
export const writeDecisions = ({ ports, scheduler }: Logging): void => {
  try {
    ports.history.writePolicy(scheduler.outbox.peek());
    scheduler.outbox.clear();
  } catch (error) {
    ports.log.error('decisions could not be written', { error: toProblem(error).message });
  }
};
