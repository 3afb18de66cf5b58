// CPU of exempt processes between two looks at a tenant's processes, those that came and went in between included. Pure.

export interface ExemptReading {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly startTicks: number;
  /** Of its own, microseconds. */
  readonly cpuUsec: number;
  /** Of children that ended and that it waited for, with those that they had waited for. */
  readonly childUsec: number;
}

/** All that was seen at a look, by pid. */
export type ExemptLook = ReadonlyMap<number, ExemptReading>;

export const takeLook = (readings: readonly ExemptReading[]): ExemptLook =>
  new Map(readings.map((reading) => [reading.pid, reading]));

const totalOf = ({ cpuUsec, childUsec }: ExemptReading): number => cpuUsec + childUsec;

/** The same process, not another one of that number. */
const findAgain = (look: ExemptLook, { pid, startTicks }: ExemptReading): ExemptReading | undefined => {
  const found = look.get(pid);
  return found?.startTicks === startTicks ? found : undefined;
};

/** Who has been given the time of a process that ended: its nearest ancestor that still lives, as far as was seen. */
const findHeir = (before: ExemptLook, now: ExemptLook, ended: ExemptReading): ExemptReading | undefined => {
  let parent = before.get(ended.parent);
  // a chain is no longer than what was seen, whatever the numbers say
  for (let steps = 0; parent && steps < before.size; steps += 1) {
    const alive = findAgain(now, parent);
    if (alive) return alive;
    parent = before.get(parent.parent);
  }
  return undefined;
};

/**
 * What an exempt process used itself, and what it waited for: a compiler that lives shorter than the time between two
 * looks is seen nowhere but in the time of its parent's children (cutime, cstime of proc_pid_stat(5)). What a child had
 * used up to the look before, counted then or not, is taken off again when its parent inherits it. Where that goes
 * wrong (a child that nobody waits for, or that init inherits), less is exempt, never more.
 * @returns microseconds
 */
export const countExemptCpu = (before: ExemptLook, now: ExemptLook, names: readonly string[]): number => {
  const exempt = new Set(names);
  let total = 0;
  for (const reading of now.values()) {
    if (!exempt.has(reading.name)) continue;
    const was = findAgain(before, reading);
    total += totalOf(reading) - (was ? totalOf(was) : 0);
  }
  for (const reading of before.values()) {
    if (findAgain(now, reading)) continue;
    const heir = findHeir(before, now, reading);
    if (heir && exempt.has(heir.name)) total -= totalOf(reading);
  }
  return Math.max(0, total);
};
