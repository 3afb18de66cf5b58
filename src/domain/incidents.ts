// Faults and acts of one kind that lie close together are one incident: opened, added to, closed. Pure.

/** Two signals of a tenant and kind with less than this between them are one incident (CloudLinux's rule, too). */
export const MERGE_MS = 300_000;

/** A fault of the kernel's counters or an act of the scheduler. */
export interface Signal {
  readonly tenant: string;
  /** `cpu-throttled`, `memory-limit`, `oom-kill`, `fork-refused`, or `RULE-RESOURCE` of an act. */
  readonly kind: string;
  /** Wall milliseconds. */
  readonly at: number;
  /** One sentence for people. */
  readonly text: string;
  /** What was done about it; empty for a fault that the kernel handled. */
  readonly action: string;
  readonly figures: Readonly<Record<string, number | string>>;
  /** It is the end of what an act did, and says how it ended; absent = it is no end. */
  readonly ending?: string | undefined;
}

export interface OpenIncident {
  /** By the store. */
  readonly id: number;
  readonly tenant: string;
  readonly kind: string;
  readonly openedAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly summary: string;
  readonly action: string;
  /** How the act that ended it says it ended; empty = none did. */
  readonly outcome: string;
}

export interface IncidentChanges {
  readonly open: readonly Signal[];
  readonly update: readonly OpenIncident[];
  /** Nothing happened but that they go on: not worth a write. */
  readonly goOn: readonly OpenIncident[];
  readonly close: readonly OpenIncident[];
}

const keyOf = ({ tenant, kind }: { readonly tenant: string; readonly kind: string }): string => `${tenant}\n${kind}`;

const addTo = (incident: OpenIncident, { at, text, action, ending }: Signal): OpenIncident => {
  const lastAt = Math.max(incident.lastAt, at);
  // what happened and what was done about it is still told when it is over
  if (ending !== undefined) return { ...incident, lastAt, outcome: ending };
  const count = incident.count + 1;
  return { ...incident, lastAt, count, summary: text, action: action || incident.action, outcome: '' };
};

/** Also of a time to come, after the clock was set back: nothing would ever close it. */
const isOver = ({ lastAt }: OpenIncident, now: number): boolean => Math.abs(now - lastAt) >= MERGE_MS;

/**
 * What the signals of a tick do to the open incidents. Several signals of one kind in one tick are one opening.
 * @param now wall milliseconds; an incident without a signal for MERGE_MS is closed, and another one opens then
 * @param isHeld what an act did holds still: its incident goes on without a signal
 */
export const sortSignals = (
  open: readonly OpenIncident[],
  signals: readonly Signal[],
  now: number,
  isHeld: (incident: OpenIncident) => boolean = () => false,
): IncidentChanges => {
  const goOn = open.filter(isHeld).map((incident) => ({ ...incident, lastAt: now }));
  const held = new Set(goOn.map(keyOf));
  // an end belongs to its beginning, however long no daemon looked
  const ending = new Set(signals.filter((signal) => signal.ending !== undefined).map(keyOf));
  const close = open.filter((one) => isOver(one, now) && !held.has(keyOf(one)) && !ending.has(keyOf(one)));
  const over = new Set(close);
  const known = new Map(open.filter((one) => !over.has(one)).map((incident) => [keyOf(incident), incident]));
  const fresh = new Map<string, Signal>();
  const touched = new Map<string, OpenIncident>();
  for (const signal of signals) {
    const key = keyOf(signal);
    const incident = touched.get(key) ?? known.get(key);
    if (incident) touched.set(key, addTo(incident, signal));
    else fresh.set(key, signal);
  }
  return {
    open: [...fresh.values()],
    update: [...touched.values()],
    goOn: goOn.filter((incident) => !touched.has(keyOf(incident))),
    close,
  };
};

/** A process as it was read twice. */
export interface ProcessDelta {
  readonly name: string;
  readonly pid: number;
  /** Microseconds in between. */
  readonly cpuUsec: number;
  /** Resident bytes at the end. */
  readonly memory: number;
  /** What these grew by in between; below 0 when they shrank. */
  readonly memoryDelta: number;
}

interface Reading {
  readonly pid: number;
  readonly startTicks: number;
  readonly name: string;
  readonly cpuUsec: number;
  readonly memory: number;
}

/** What has no process to show for it: those that came and went between two readings. */
export const OTHER = 'other';
/** More is no evidence but a list. */
const MOST_NAMED = 8;
/** Of these so many for their memory, however little CPU it took: who fills the memory need not be who computes. */
const MOST_GROWING = 4;

const byCpu = (a: ProcessDelta, b: ProcessDelta): number =>
  b.cpuUsec - a.cpuUsec || b.memory - a.memory || a.pid - b.pid;

const pickNamed = (deltas: readonly ProcessDelta[]): ProcessDelta[] => {
  const growing = deltas.filter(({ memoryDelta }) => memoryDelta > 0).sort((a, b) => b.memoryDelta - a.memoryDelta);
  const chosen = new Set([...growing.slice(0, MOST_GROWING), ...[...deltas].sort(byCpu)]);
  return [...chosen].slice(0, MOST_NAMED).sort(byCpu);
};

/**
 * Who used the tenant's CPU and took memory between two readings; CPU that its cgroup used beyond the processes that are
 * left is `other`.
 * @param totalUsec what the whole cgroup used in between
 */
export const diffProcesses = (
  before: readonly Reading[],
  after: readonly Reading[],
  totalUsec: number,
): ProcessDelta[] => {
  const old = new Map(before.map((reading) => [`${reading.pid}/${reading.startTicks}`, reading]));
  const deltas = after.map(({ pid, startTicks, name, cpuUsec, memory }) => {
    const was = old.get(`${pid}/${startTicks}`);
    return {
      name,
      pid,
      cpuUsec: Math.max(0, cpuUsec - (was?.cpuUsec ?? 0)),
      memory,
      memoryDelta: memory - (was?.memory ?? 0),
    };
  });
  const named = pickNamed(deltas);
  const rest = totalUsec - named.reduce((sum, { cpuUsec }) => sum + cpuUsec, 0);
  return rest > 0 ? [...named, { name: OTHER, pid: 0, cpuUsec: rest, memory: 0, memoryDelta: 0 }] : named;
};

/** The largest process group, which the memory guard ends first; never that of the tenant's init. */
export const pickLargestGroup = (
  processes: readonly {
    readonly pid: number;
    readonly group: number;
    readonly memory: number;
    readonly name: string;
  }[],
  initPid: number,
): { readonly pids: readonly number[]; readonly memory: number; readonly name: string } | undefined => {
  const initGroup = processes.find(({ pid }) => pid === initPid)?.group;
  const groups = new Map<number, { pids: number[]; memory: number; name: string; largest: number }>();
  for (const { pid, group, memory, name } of processes) {
    if (pid === initPid || group === initGroup) continue;
    const known = groups.get(group) ?? { pids: [], memory: 0, name, largest: -1 };
    known.pids.push(pid);
    known.memory += memory;
    if (memory > known.largest) Object.assign(known, { largest: memory, name });
    groups.set(group, known);
  }
  return [...groups.values()].sort((a, b) => b.memory - a.memory)[0];
};
