// What must survive a crash: the registry (desired state) and the events.

import type { TenantEvent } from '../domain/events.ts';
import type { Registry } from '../domain/tenant.ts';

/** One writer: the daemon. Reads come from memory. */
export interface RegistryStore {
  readonly current: Registry;
  /**
   * Replaces the registry and makes it durable (fsync of file and folder) before it resolves; on failure `current`
   * stays what it was. `current` is the new one from the turn of the call on, so that read, change and save cannot cross.
   */
  save(next: Registry): Promise<void>;
  close(): Promise<void>;
}

export interface EventStore {
  /** Gives it the next sequence number and keeps it. */
  append(event: Omit<TenantEvent, 'seq'>): TenantEvent;
  /** Events with seq > since, oldest first. @throws Problem EVENTS_LOST when the gap is no longer kept */
  read(since: number, max: number): readonly TenantEvent[];
  readonly lastSeq: number;
  /** Drops events older than the given wall time. */
  prune(before: string): number;
  close(): void;
}
