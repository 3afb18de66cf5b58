// What the verbs act on: the ports of one instance, and its fixed facts.

import type { HouseCap } from '../domain/house.ts';
import type { Instance } from '../domain/instance.ts';
import type { PolicyConstants } from '../domain/policy-constants.ts';
import type { Cgroups } from '../ports/cgroups.ts';
import type { Clock } from '../ports/clock.ts';
import type { Containers } from '../ports/containers.ts';
import type { Faults } from '../ports/faults.ts';
import type { History } from '../ports/history.ts';
import type { Host, StateDisk } from '../ports/host.ts';
import type { Log } from '../ports/log.ts';
import type { Network } from '../ports/network.ts';
import type { Notices } from '../ports/notices.ts';
import type { Processes } from '../ports/processes.ts';
import type { Rootfs } from '../ports/rootfs.ts';
import type { EventStore, RegistryStore } from '../ports/store.ts';

export interface EnginePorts {
  readonly cgroups: Cgroups;
  readonly containers: Containers;
  readonly rootfs: Rootfs;
  readonly network: Network;
  readonly host: Host;
  readonly processes: Processes;
  readonly notices: Notices;
  readonly history: History;
  readonly registry: RegistryStore;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults;
  /** A new random id, 12 hex digits. */
  readonly newId: () => string;
  /** The state folder's file system as it is now. */
  readonly stateDisk: () => StateDisk;
  /** Bytes a new disk may promise on the state folder's file system. */
  readonly diskSpace: () => number;
}

export interface EngineConfig {
  readonly instance: Instance;
  readonly systemd: boolean;
  readonly house: HouseCap;
  readonly trashMs: number;
  /** IANA name of the box's time zone, for budgets and time windows. */
  readonly zone: string;
  /** Absent: those of the domain. Tests pass shorter ones. */
  readonly constants?: PolicyConstants | undefined;
}

/** One command under way: who asked, how to cancel it, whom to tell. */
export interface Work {
  readonly signal: AbortSignal;
  /** `uid:0`, `daemon`. */
  readonly by: string;
  readonly onStep: (step: {
    readonly tenant: string;
    readonly index: number;
    readonly total: number;
    readonly text: string;
  }) => void;
  readonly onProgress: (text: string) => void;
}
