// Processes of a tenant in the host's view: read for evidence, exemptions and the guard; never on the path of a plain tick.

export interface ProcessReading {
  /** In the host's view. */
  readonly pid: number;
  /** comm of proc(5): the tenant's own choice, 15 bytes, any of them. */
  readonly name: string;
  /** R, S, D, Z, T, … */
  readonly state: string;
  /** Process id of its parent, in the host's view. */
  readonly parent: number;
  /** Process group, in the host's view. */
  readonly group: number;
  readonly threads: number;
  /** User and system time since it began, microseconds. */
  readonly cpuUsec: number;
  /** The same of its children that ended and that it waited for, with all that those had waited for. */
  readonly childUsec: number;
  /** Resident bytes. */
  readonly memory: number;
  /** Clock ticks since boot at which it began: with the pid it tells processes apart. */
  readonly startTicks: number;
  /** Wall milliseconds at which it began. */
  readonly startedAt: number;
}

export interface Processes {
  /** Readings of those of the processes that still live; at most `most` of them. */
  read(pids: readonly number[], most: number): readonly ProcessReading[];
  /** Whether a thread of theirs runs or waits for a device (R, D); after `most` threads without one, no. */
  isBusy(pids: readonly number[], most: number): boolean;
}
