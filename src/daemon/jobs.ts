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

const buildJobs = (engine: Engine, config: DaemonConfig, signal: AbortSignal): Job[] => [
  {
    name: 'expired trash',
    schedule: '*/10 * * * *',
    act: async () => {
      await emptyTrash(engine, { expiredAt: engine.ports.clock.now(), signal }, 'daemon');
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

/**
 * Starts all jobs, and runs each once now: a box that is off at night would never tidy up otherwise. Nobody waits for
 * that: disks that expired meanwhile may take minutes to go, and tenants are to be watched from the first second.
 * @returns their end
 */
export const startJobs = async (
  engine: Engine,
  config: DaemonConfig,
  signal: AbortSignal,
): Promise<() => Promise<void>> => {
  const { log } = engine.ports;
  const jobs = buildJobs(engine, config, signal).map(({ name, schedule, act }) => ({
    name,
    schedule,
    act: () => act().catch((error: unknown) => log.error('a job failed', { job: name, error: String(error) })),
  }));
  const tasks: ScheduledTask[] = [];
  for (const { name, schedule, act } of jobs) {
    const task = createTask(schedule, act, { name, timezone: 'UTC', noOverlap: true });
    await task.start();
    tasks.push(task);
  }
  void Promise.all(jobs.map(({ act }) => act()));
  return async () => {
    for (const task of tasks) await task.destroy();
  };
};
