// Processes as a test says they are.

import type { Processes, ProcessReading } from '../../src/ports/processes.ts';

export interface FakeProcesses extends Processes {
  /** Replaces what is known of a process. */
  set(reading: Partial<ProcessReading> & { readonly pid: number }): void;
  end(pid: number): void;
}

export const createProcesses = (): FakeProcesses => {
  const known = new Map<number, ProcessReading>();
  return {
    read: (pids, most) => pids.slice(0, most).flatMap((pid) => known.get(pid) ?? []),
    isBusy: (pids, most) => pids.slice(0, most).some((pid) => /[RD]/.test(known.get(pid)?.state ?? '')),
    set: (reading) => {
      known.set(reading.pid, {
        name: `p${reading.pid}`,
        state: 'S',
        parent: 1,
        group: reading.pid,
        threads: 1,
        cpuUsec: 0,
        childUsec: 0,
        memory: 0,
        startTicks: 1,
        startedAt: 0,
        ...known.get(reading.pid),
        ...reading,
      });
    },
    end: (pid) => {
      known.delete(pid);
    },
  };
};
