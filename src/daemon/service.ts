// What the routes serve: the engine with the few things that only a running daemon knows.

import type { VersionView } from '../api/contract.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostSample } from '../ports/host.ts';
import type { EventHub } from './event-stream.ts';

export interface Service {
  readonly engine: Engine;
  readonly hub: EventHub;
  readonly version: VersionView;
  /** Aborted when the daemon ends. */
  readonly stop: AbortSignal;
  /** Ends the daemon; tenants go on. */
  readonly shutDown: () => void;
  /** The two last host samples, one second apart. */
  hostSamples(): { readonly before: HostSample | undefined; readonly now: HostSample };
}
