// What the program may do with containers: a thin wrapper; whether an act is legal in a state is the caller's business.

import type { Place } from '../domain/instance.ts';
import type { Tenant } from '../domain/tenant.ts';

export type ContainerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'frozen' | 'aborting' | 'unknown';

export interface StartRequest {
  readonly tenant: Tenant;
  readonly place: Place;
  /** Absolute path of the mounted root. */
  readonly root: string;
  /** cgroup lines of lxc.conf. */
  readonly cgroupLines: readonly string[];
  readonly signal: AbortSignal;
}

/** The run that is now, or was the last; and the one before it that wrote anything. */
export type ConsoleRun = 'this' | 'before';

export interface Containers {
  /**
   * Writes the tenant's lxc.conf and starts it; resolves when init runs.
   * @throws Problem START_FAILED with LXC's own reason
   */
  start(request: StartRequest): Promise<void>;
  /** Writes again the run files of a tenant that runs already: the run folder may have been wiped, its limits changed. */
  adopt(tenant: Tenant, place: Place): Promise<void>;
  /** Asks init to stop, kills after the deadline; fine when it does not run. */
  stop(
    tenant: string,
    place: Place,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Never hangs: asks the monitor with a time-out, then believes the cgroup. */
  state(tenant: string, place: Place): Promise<ContainerState>;
  /** Process id of init in the host's view, if it runs. */
  initPid(tenant: string): Promise<number | undefined>;
  /** Wall milliseconds at which a process of the host began, undefined when it is gone. */
  startedAt(pid: number): number | undefined;
  /** Names of all containers that run in this instance: one look at all. */
  listRunning(): Promise<ReadonlySet<string>>;
  /** The last bytes that a run of the tenant wrote on its console, raw: tenant-controlled. */
  readLog(tenant: string, run: ConsoleRun, maxBytes: number): Promise<string>;
  /** How the last run of init ended; orderly = it powered itself off or ended with 0. */
  lastEnd(tenant: string): Promise<{ readonly orderly: boolean; readonly text: string }>;
  /** Removes config, log and run files. */
  remove(tenant: string): Promise<void>;
  /** Engine name and version, for doctor and version. */
  version(): Promise<string>;
}
