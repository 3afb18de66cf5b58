// Slow housekeeping by node-cron, in UTC: no daylight-saving hour is run twice or left out.

import { createTask, type ScheduledTask } from 'node-cron';
import type { Engine } from '../engine/engine.ts';
import { emptyTrash } from '../engine/remove.ts';
import type { DaemonConfig } from './config.ts';

interface Job {
  readonly name: string;
  readonly schedule: string;
  readonly act: () => Promise<void>;
}

const DAY_MS = 86_400_000;

const buildJobs = (engine: Engine, config: DaemonConfig): Job[] => [
  {
    name: 'expired trash',
    schedule: '*/10 * * * *',
    act: async () => {
      await emptyTrash(engine, { expiredAt: engine.ports.clock.now() }, 'daemon');
    },
  },
  {
    name: 'own memory',
    schedule: '*/10 * * * *',
    act: async () => engine.ports.host.releaseMemory(),
  },
  {
    name: 'old events',
    schedule: '17 3 * * *',
    act: async () => {
      engine.ports.events.prune(new Date(engine.ports.clock.now() - config.eventDays * DAY_MS).toISOString());
    },
  },
];

/** Starts all jobs, and runs each once now: a box that is off at night would never tidy up otherwise. @returns their end */
export const startJobs = async (engine: Engine, config: DaemonConfig): Promise<() => Promise<void>> => {
  const tasks: ScheduledTask[] = [];
  for (const job of buildJobs(engine, config)) {
    const act = async (): Promise<void> => {
      await job
        .act()
        .catch((error: unknown) => engine.ports.log.error('a job failed', { job: job.name, error: String(error) }));
    };
    const task = createTask(job.schedule, act, { name: job.name, timezone: 'UTC', noOverlap: true });
    await act();
    await task.start();
    tasks.push(task);
  }
  return async () => {
    for (const task of tasks) await task.destroy();
  };
};
