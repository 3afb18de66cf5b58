// What a tenant may be losing time to, each with how much: throttling, memory, neighbours, the disk, the host.

import { isHostShort } from './guard.ts';
import type { Hold, RuleName } from './policy-types.ts';
import { isAtLimit } from './score.ts';
import { formatBytes, formatCpu } from './units.ts';
import type { Average, WhyView } from './why-view.ts';

export type WhyCause =
  | 'own-cap'
  | 'penalty'
  | 'budget'
  | 'credits'
  | 'window'
  | 'neighbour'
  | 'host'
  | 'nothing'
  | 'not-running';

export interface Loss {
  readonly cause: WhyCause;
  readonly neighbour: string | null;
  /** Per mille of its time. */
  readonly loss: number;
  readonly sentence: string;
}

/** Less than this nobody feels: one part in ten. */
const FELT = 100;

/** Without PSI: so much is taken to be lost where it cannot be measured; what is measured comes first. */
const UNMEASURED = 100;

/** Per mille for each hit of a memory limit per second, where nothing better is known: 200 in a second are a standstill. */
const LOSS_PER_HIT = 5;

const CAUSES: Readonly<Record<RuleName, WhyCause>> = {
  share: 'own-cap',
  credits: 'credits',
  budget: 'budget',
  score: 'penalty',
  guard: 'own-cap',
  window: 'window',
};

const cores = (millis: number): string => `${formatCpu(Math.round(millis / 10) * 10)} cores`;
const percent = (perMille: number): string => `${Math.round(perMille / 10)} %`;

/** The strictest hold of a resource that is the tenant's own; the house is everybody's. */
const ownHold = ({ holds }: WhyView, resource: 'cpu' | 'memory'): Hold | undefined =>
  holds.find((hold) => hold.resource === resource && hold.rule !== 'house');

const causeOf = ({ rule }: Hold): WhyCause => (rule === 'limit' || rule === 'house' ? 'own-cap' : CAUSES[rule]);

/** Throttled by what holds its CPU. */
export const capLoss = (view: WhyView): Loss[] => {
  const { own } = view;
  const hold = ownHold(view, 'cpu');
  if (!hold || own.throttled < FELT) return [];
  const sentence = `${own.name} is held at ${hold.text}; it was throttled in ${percent(own.throttled)} of periods`;
  return [{ cause: causeOf(hold), neighbour: null, loss: own.throttled, sentence }];
};

/** Waits for memory at what holds its memory. */
export const memoryCapLoss = (view: WhyView): Loss[] => {
  const { own, constants } = view;
  const hold = ownHold(view, 'memory');
  if (!hold || !isAtLimit(own.memory, hold.cap, constants)) return [];
  const loss = own.memoryPressure >= 0 ? own.memoryPressure : Math.min(1000, own.hits * LOSS_PER_HIT);
  if (loss < FELT) return [];
  const sentence = `${own.name} is at the end of its memory, ${hold.text}; it waits for memory ${percent(loss)} of the time`;
  return [{ cause: causeOf(hold), neighbour: null, loss, sentence }];
};

/** The one furthest above its share, if any is above it. */
const furthest = (view: WhyView, use: (tenant: Average) => number, whole: number): Average | undefined => {
  let found: Average | undefined;
  let most = 1 + view.constants.margin;
  for (const other of view.others) {
    const owned = other.share * whole;
    const times = owned > 0 ? use(other) / owned : use(other) > 0 ? Number.MAX_VALUE : 0;
    if (times > most) [found, most] = [other, times];
  }
  return found;
};

/** How much it loses to others in CPU, per mille; 0 = nothing that is felt. */
const cpuWait = (view: WhyView, owned: number): number => {
  const { own, house, cpus, used, outside, constants } = view;
  const cap = ownHold(view, 'cpu')?.cap ?? Number.POSITIVE_INFINITY;
  if (own.throttled >= FELT && own.cpu >= cap * constants.atCap) return 0; // it has all its cap allows
  if (own.cpuPressure >= 0) return Math.max(0, own.cpuPressure - own.throttled);
  const isFull = used >= house.cpu * constants.saturated || used + outside >= cpus * 1000 * constants.saturated;
  if (!isFull || own.throttled >= FELT || own.cpu < owned * constants.activity) return 0;
  return Math.max(UNMEASURED, 1000 * (1 - own.cpu / owned));
};

/** Who takes the CPU that a tenant waits for: a neighbour, or the host outside of its tenants. */
export const cpuLoss = (view: WhyView): Loss[] => {
  const { own, house, cpus, used, outside, constants, others } = view;
  const owned = own.share * house.cpu;
  const loss = cpuWait(view, owned);
  if (loss < FELT) return [];
  const below = own.cpu < owned * (1 - constants.margin);
  const has = `${own.name} gets ${cores(own.cpu)} of the ${cores(owned)} it owns`;
  const beyond = Math.max(0, outside - (cpus * 1000 - house.cpu));
  const taken = others.reduce((sum, { cpu, share }) => sum + Math.max(0, cpu - share * house.cpu), 0);
  const hog = furthest(view, ({ cpu }) => cpu, house.cpu);
  if (beyond > taken && used + outside >= cpus * 1000 * constants.saturated) {
    const sentence = `${has}: the host itself uses ${cores(outside)} outside of its tenants`;
    return [{ cause: 'host', neighbour: null, loss, sentence }];
  }
  if (hog && below) {
    const owns = cores(hog.share * house.cpu);
    const sentence = `${has}: ${hog.name} uses ${cores(hog.cpu)}, more than the ${owns} it owns`;
    return [{ cause: 'neighbour', neighbour: hog.name, loss, sentence }];
  }
  return used >= house.cpu * constants.saturated ? [fullHouse(view, loss, has)] : [];
};

/** It has what it owns and wants more, and there is no more: the largest of the others uses the rest. */
const fullHouse = ({ own, others, house, constants }: WhyView, loss: number, has: string): Loss => {
  let largest: Average | undefined;
  for (const other of others) if (other.cpu > (largest?.cpu ?? 0)) largest = other;
  if (!largest || largest.cpu < house.cpu * constants.activity) {
    const sentence = `${own.name} uses ${cores(own.cpu)}: all that the host has for its tenants`;
    return { cause: 'host', neighbour: null, loss, sentence };
  }
  const sentence = `${has}; the house is full, ${largest.name} uses ${cores(largest.cpu)} of it`;
  return { cause: 'neighbour', neighbour: largest.name, loss, sentence };
};

/** Waits for memory though it is not at its own limit: a neighbour has more than its share, or the host is short. */
export const memoryLoss = (view: WhyView): Loss[] => {
  const { own, others, house, constants, guard, memoryAvailable, memoryTotal } = view;
  if (isAtLimit(own.memory, ownHold(view, 'memory')?.cap ?? null, constants)) return [];
  const held = others.reduce((sum, { memory }) => sum + memory, own.memory);
  const short = isHostShort({ ...view, held, house: house.memory }, guard);
  const loss = own.memoryPressure >= 0 ? own.memoryPressure : short || own.hits >= 1 ? UNMEASURED : 0;
  if (loss < FELT) return [];
  const hog = furthest(view, ({ memory }) => memory, house.memory);
  const waits = `${own.name} waits for memory`;
  if (hog && own.memory < own.share * house.memory) {
    const owns = formatBytes(hog.share * house.memory);
    const sentence = `${waits}: ${hog.name} holds ${formatBytes(hog.memory)}, more than the ${owns} it owns`;
    return [{ cause: 'neighbour', neighbour: hog.name, loss, sentence }];
  }
  if (!short) return [];
  const sentence = `${waits}: the host has ${formatBytes(memoryAvailable)} left of ${formatBytes(memoryTotal)}`;
  return [{ cause: 'host', neighbour: null, loss, sentence }];
};

/** Waits for the disk: at its own limit, or somebody else moves most, or it is simply the disk. */
export const ioLoss = ({ own, others, ioLimit, constants }: WhyView): Loss[] => {
  const loss = own.ioPressure;
  if (loss < constants.hurtPressure.io) return [];
  let most = own;
  for (const other of others) if (other.io > most.io) most = other;
  const waits = `${own.name} waits for the disk ${percent(loss)} of the time`;
  if (ioLimit !== null && isAtLimit(own.io, ioLimit, constants)) {
    const sentence = `${waits}: it moves ${formatBytes(own.io)} per second, and its own limit is ${formatBytes(ioLimit)}`;
    return [{ cause: 'own-cap', neighbour: null, loss, sentence }];
  }
  if (most === own || most.io < constants.leastIo) {
    return [{ cause: 'host', neighbour: null, loss, sentence: `${waits}: the host's disk gives no more` }];
  }
  const sentence = `${waits}: ${most.name} moves ${formatBytes(most.io)} per second`;
  return [{ cause: 'neighbour', neighbour: most.name, loss, sentence }];
};
