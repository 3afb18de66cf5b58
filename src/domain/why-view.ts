// What a few seconds of frames say about one tenant, the others and the host: the averages that `why` rests on.

import type { GuardConstants, PolicyConstants, ScoreConstants } from './policy-constants.ts';
import type { Hold, HouseConfig, HouseFrame, TenantFrame, Verdict } from './policy-types.ts';
import { ioLimitOf, type Shares } from './score.ts';

export interface WhyInput {
  readonly name: string;
  /** Of about ten seconds, oldest first. */
  readonly frames: readonly HouseFrame[];
  readonly config: HouseConfig;
  readonly shares: Shares;
  /** What was decided for the tenant then. */
  readonly verdict: Pick<Verdict, 'holds' | 'effective'>;
  readonly constants: Pick<PolicyConstants, 'score' | 'guard'>;
}

/** Averages of one tenant: thousandths of a core, bytes, per mille, counts per second. */
export interface Average {
  readonly name: string;
  readonly share: number;
  readonly cpu: number;
  readonly memory: number;
  readonly throttled: number;
  /** -1 = this kernel does not say. */
  readonly cpuPressure: number;
  readonly memoryPressure: number;
  readonly ioPressure: number;
  readonly hits: number;
  readonly io: number;
}

export interface WhyView {
  readonly own: Average;
  /** Of the last frame; undefined = it is not there. */
  readonly up: TenantFrame['up'] | undefined;
  readonly others: readonly Average[];
  readonly house: HouseConfig['house'];
  readonly cpus: number;
  /** Thousandths of a core by all tenants, and by the host outside of them. */
  readonly used: number;
  readonly outside: number;
  readonly memoryAvailable: number;
  readonly memoryTotal: number;
  readonly hostMemoryFull: number;
  readonly holds: readonly Hold[];
  readonly held: Verdict['effective']['hold'];
  /** Bytes per second of the disk that its own limits let through; null = none. */
  readonly ioLimit: number | null;
  readonly constants: ScoreConstants;
  readonly guard: GuardConstants;
}

type Pressure = 'cpuPressure' | 'memoryPressure' | 'ioPressure';

/** The tenant's part of the frames that know it, with the length of each. */
const seenOf = (frames: readonly HouseFrame[], name: string) =>
  frames.flatMap(({ tenants, dt }) => {
    const frame = Object.hasOwn(tenants, name) ? tenants[name] : undefined;
    return frame ? [{ frame, dt }] : [];
  });

const averageOf = (frames: readonly HouseFrame[], name: string, share: number): Average => {
  const seen = seenOf(frames, name);
  const ms = Math.max(
    1,
    seen.reduce((sum, { dt }) => sum + dt, 0),
  );
  const sum = (pick: (frame: TenantFrame) => number): number =>
    seen.reduce((total, { frame }) => total + pick(frame), 0);
  const mean = (pick: (frame: TenantFrame) => number): number =>
    seen.reduce((total, { frame, dt }) => total + pick(frame) * dt, 0) / ms;
  const pressure = (key: Pressure): number =>
    seen.some(({ frame }) => frame[key] < 0) ? -1 : mean((frame) => frame[key]);
  return {
    name,
    share,
    cpu: sum(({ cpuUsec }) => cpuUsec) / ms,
    memory: mean(({ memory }) => memory),
    throttled: mean(({ throttled }) => throttled),
    cpuPressure: pressure('cpuPressure'),
    memoryPressure: pressure('memoryPressure'),
    ioPressure: pressure('ioPressure'),
    hits: (sum(({ memoryMaxHits }) => memoryMaxHits) * 1000) / ms,
    io: (sum(({ ioBytes }) => ioBytes) * 1000) / ms,
  };
};

export const buildView = ({ name, frames, config, shares, verdict, constants }: WhyInput): WhyView => {
  const averages = Object.keys(config.tenants).map((other) => averageOf(frames, other, shares[other] ?? 0));
  const ms = Math.max(
    1,
    frames.reduce((sum, { dt }) => sum + dt, 0),
  );
  const used = averages.reduce((sum, { cpu }) => sum + cpu, 0);
  const last = frames.at(-1);
  return {
    own: averages.find((average) => average.name === name) ?? averageOf([], name, 0),
    up: last && Object.hasOwn(last.tenants, name) ? last.tenants[name]?.up : undefined,
    others: averages.filter((average) => average.name !== name),
    house: config.house,
    cpus: config.cpus,
    used,
    outside: Math.max(0, frames.reduce((sum, { hostCpuUsec }) => sum + hostCpuUsec, 0) / ms - used),
    memoryAvailable: last?.memoryAvailable ?? 0,
    memoryTotal: last?.memoryTotal ?? 0,
    hostMemoryFull: last?.hostMemoryFull ?? -1,
    holds: verdict.holds,
    held: verdict.effective.hold,
    ioLimit: ioLimitOf(Object.hasOwn(config.tenants, name) ? (config.tenants[name] ?? {}) : {}),
    constants: constants.score,
    guard: constants.guard,
  };
};
