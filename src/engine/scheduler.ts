// What the scheduler knows between two ticks, and the decision itself: frames in, verdicts kept, acts out.

import type { Moment } from '../domain/accounting.ts';
import { isInForce } from '../domain/acts-in-force.ts';
import type { Charged } from '../domain/charge.ts';
import { decideHouse, sharesAt } from '../domain/policy.ts';
import { forgetGone } from '../domain/policy-commands.ts';
import { DEFAULT_CONSTANTS, type PolicyConstants } from '../domain/policy-constants.ts';
import type { Act, HouseConfig, HouseFrame, PolicyState, TenantConfig, Verdict } from '../domain/policy-types.ts';
import { resolveRules } from '../domain/resolve-rules.ts';
import { DEFAULT_RULES, type Rules } from '../domain/rules.ts';
import type { Registry, Tenant } from '../domain/tenant.ts';
import type { StoredState } from '../ports/history.ts';
import type { HostSample } from '../ports/host.ts';
import type { EngineConfig, EnginePorts } from './engine-ports.ts';
import { idleFrame } from './frames.ts';
import { Outbox } from './outbox.ts';
import type { Runtimes } from './runtime.ts';

/** Enough for a question about "now" to see a burst of a few periods. */
const RECENT_FRAMES = 15;

export class Scheduler {
  readonly constants: PolicyConstants;
  /** IANA name of the box's time zone. */
  readonly zone: string;
  /** By tenant name; `ids` says whose they are, for a name may be used again. */
  states: Record<string, PolicyState> = {};
  ids: Readonly<Record<string, string>> = {};
  /** By tenant id: up to where its use is in its state. */
  readonly charged = new Map<string, Charged>();
  /** By tenant id: what was remembered of those that come back from the trash, until they own a part of the house again. */
  readonly returning = new Map<string, StoredState>();
  /** The last ticks that an earlier daemon decided on, one for each tenant it remembered. */
  decidedBefore: readonly Moment[] = [];
  verdicts: Readonly<Record<string, Verdict>> = {};
  shares: Readonly<Record<string, number>> = {};
  config: HouseConfig | null = null;
  /** The registry the verdicts were decided for. */
  decidedFor: Registry | null = null;
  /** Acts of decisions between two ticks, recorded by the next one. */
  pending: Act[] = [];
  /** The host's figures at the last tick. */
  hostBefore: HostSample | null = null;
  /** What was decided and is not written yet. */
  readonly outbox: Outbox;
  /** The last frames, for questions about now. */
  recent: HouseFrame[] = [];

  /** @param write of the outbox */
  constructor(zone: string, constants: PolicyConstants = DEFAULT_CONSTANTS, write?: () => void) {
    this.zone = zone;
    this.constants = constants;
    this.outbox = new Outbox(write);
  }

  /** States of an earlier daemon, by tenant id. */
  restore(stored: ReadonlyMap<string, StoredState>, tenants: readonly Tenant[]): void {
    const moments: Moment[] = [];
    for (const { name, id } of tenants) {
      const known = stored.get(id);
      if (!known) continue;
      const { charged, moment, ...state } = known;
      this.states[name] = state;
      if (charged) this.charged.set(id, charged);
      const last = moment ?? charged;
      if (last) moments.push(last);
    }
    this.decidedBefore = moments;
    this.ids = Object.fromEntries(tenants.map(({ name, id }) => [name, id]));
  }

  /** Who owns a part of the house again goes on from where it was: a removal is no way out of a penalty. */
  takeIn(ids: Readonly<Record<string, string>>): void {
    for (const [name, id] of Object.entries(ids)) {
      const known = this.returning.get(id);
      if (!known) continue;
      const { charged, moment: _, ...state } = known;
      this.returning.delete(id);
      this.states[name] = state;
      if (charged) this.charged.set(id, charged);
      this.outbox.needStates();
    }
  }

  /** States of an earlier daemon that are found late: they take the place of what was decided without them. */
  takeBack(stored: ReadonlyMap<string, StoredState>): void {
    for (const [name, id] of Object.entries(this.ids)) {
      const { charged: _, moment: __, ...state } = stored.get(id) ?? {};
      if ('decided' in state) this.states[name] = state;
    }
    this.outbox.beginAnew();
  }
}

/** What a decision needs of the engine. */
export interface Deciding {
  readonly ports: Pick<EnginePorts, 'registry' | 'host' | 'clock' | 'cgroups'>;
  readonly config: EngineConfig;
  readonly runtimes: Runtimes;
  readonly scheduler: Scheduler;
}

/** Tenants that own a part of the house: all that are, and those that are being made. */
const owners = (registry: Registry): readonly Tenant[] =>
  registry.tenants.filter(({ phase }) => phase === 'ready' || phase === 'creating');

export const rulesOf = (registry: Registry, tenant: Tenant): Rules => {
  if (tenant.plan === null && Object.keys(tenant.rules).length === 0) return DEFAULT_RULES;
  return resolveRules(registry.plans.find(({ name }) => name === tenant.plan)?.rules, tenant.rules).rules;
};

/** The limits of the disk that hold: one that this kernel cannot hold explains no wait. */
const ioLimits = ({ cgroups }: Deciding['ports'], { limits }: Tenant): Pick<TenantConfig, 'ioRead' | 'ioWrite'> => {
  const { unenforceable } = cgroups;
  return {
    ...(limits.ioRead === null || unenforceable.ioRead ? {} : { ioRead: limits.ioRead }),
    ...(limits.ioWrite === null || unenforceable.ioWrite ? {} : { ioWrite: limits.ioWrite }),
  };
};

/** Once per change of the registry: what is fixed between two changes by people. */
const buildConfig = ({ ports, config, scheduler }: Deciding, registry: Registry): HouseConfig => ({
  house: config.house,
  cpus: ports.host.facts.cpus,
  zone: scheduler.zone,
  tenants: Object.fromEntries(
    owners(registry).map((tenant): [string, TenantConfig] => {
      const { cpu, cpuWeight, memory } = tenant.limits;
      const io = ioLimits(ports, tenant);
      return [tenant.name, { id: tenant.id, rules: rulesOf(registry, tenant), cpu, cpuWeight, memory, ...io }];
    }),
  ),
});

/** What is fixed until the registry changes. */
export const takeConfig = (engine: Deciding): HouseConfig => {
  const { scheduler, ports } = engine;
  const registry = ports.registry.current;
  if (scheduler.config && scheduler.decidedFor === registry) return scheduler.config;
  const config = buildConfig(engine, registry);
  const ids = Object.fromEntries(owners(registry).map(({ name, id }) => [name, id]));
  scheduler.states = { ...forgetGone(scheduler.states, config) };
  for (const [name, id] of Object.entries(ids)) if (id !== scheduler.ids[name]) delete scheduler.states[name];
  for (const [name, id] of Object.entries(scheduler.ids)) if (id !== ids[name]) scheduler.charged.delete(id);
  scheduler.takeIn(ids);
  scheduler.ids = ids;
  scheduler.config = config;
  scheduler.decidedFor = registry;
  return config;
};

/** Whether what an act of that kind did to the tenant holds still. */
export const isActHeld = ({ verdicts, config }: Scheduler, tenant: string, kind: string): boolean => {
  const state = verdicts[tenant]?.state;
  const rules = config?.tenants[tenant]?.rules;
  return state !== undefined && rules !== undefined && isInForce(kind, state, rules);
};

const keep = (scheduler: Scheduler, name: string, { state, acts }: Verdict, moment: Moment | undefined): void => {
  const { states, ids, charged, outbox } = scheduler;
  states[name] = state;
  const id = ids[name];
  if (id === undefined) return;
  outbox.setState(id, { ...state, charged: charged.get(id), moment });
  for (const act of acts) outbox.addAct(id, act);
};

/** Decides on a frame and keeps what follows. @returns the acts, those of decisions since the last tick first */
export const decideOn = (engine: Deciding, frame: HouseFrame): readonly Act[] => {
  const { scheduler } = engine;
  const config = takeConfig(engine);
  scheduler.outbox.addFrame(config, frame, () => ({ ...scheduler.states }));
  const verdicts = decideHouse(frame, config, scheduler.states, scheduler.constants);
  scheduler.verdicts = verdicts;
  scheduler.shares = sharesAt(config, frame.at);
  const { hostBefore } = scheduler;
  // a decision between two ticks takes in no time: that of the last tick stands
  const moment = hostBefore ? { boot: engine.ports.host.facts.bootId, up: hostBefore.upMs } : undefined;
  for (const [name, verdict] of Object.entries(verdicts)) keep(scheduler, name, verdict, moment);
  if (frame.dt > 0) scheduler.recent = [...scheduler.recent, frame].slice(-RECENT_FRAMES);
  const acts = [...scheduler.pending, ...Object.values(verdicts).flatMap((verdict) => verdict.acts)];
  scheduler.pending = [];
  return acts;
};

/** A decision between two ticks, after a change by people: no time passes and nothing was used. */
export const decideNow = (engine: Deciding): void => {
  const { scheduler, ports, runtimes } = engine;
  const config = takeConfig(engine);
  const { memoryAvailable, memoryTotal } = ports.host.sample(ports.clock.monotonic());
  const tenants = Object.keys(config.tenants).map((name) => {
    const { up, last } = runtimes.get(name);
    return [name, idleFrame(up, last)] as const;
  });
  scheduler.pending = [
    ...decideOn(engine, {
      at: Math.round(ports.clock.now()),
      dt: 0,
      hostCpuUsec: 0,
      memoryAvailable,
      memoryTotal,
      hostMemoryFull: -1,
      tenants: Object.fromEntries(tenants),
    }),
  ];
};
