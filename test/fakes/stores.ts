// The registry and the events in memory.

import { problem } from '../../src/domain/errors.ts';
import type { TenantEvent } from '../../src/domain/events.ts';
import { EMPTY_REGISTRY, type Registry, registrySchema } from '../../src/domain/tenant.ts';
import type { EventStore, RegistryStore } from '../../src/ports/store.ts';
import type { FakeFaults } from './faults.ts';

export interface FakeRegistry extends RegistryStore {
  /** The next save fails and changes nothing, as on a full disk. */
  failNextSave(): void;
  readonly saves: number;
}

/**
 * Like the real one it replaces `current` in the turn in which it is called.
 * Every save is checked by the schema: what the program could not read again is a failure here.
 * @param faults `before:save` and `after:save` are points of it
 */
export const createRegistry = (start: Registry = EMPTY_REGISTRY, faults?: FakeFaults): FakeRegistry => {
  let current = start;
  let failing = false;
  let saves = 0;
  return {
    get current() {
      return current;
    },
    get saves() {
      return saves;
    },
    failNextSave: () => {
      failing = true;
    },
    save: async (next) => {
      if (failing) {
        failing = false;
        throw problem('KERNEL_WRITE', { path: '/fake/registry.json', value: 'the registry', errno: 'ENOSPC' });
      }
      registrySchema.parse(JSON.parse(JSON.stringify(next)));
      const before = faults?.reach('before:save');
      if (faults?.dead) return before;
      saves += 1;
      current = next;
      await faults?.reach('after:save');
    },
    close: async () => undefined,
  };
};

export interface FakeEvents extends EventStore {
  readonly all: readonly TenantEvent[];
  types(): string[];
}

export const createEvents = (): FakeEvents => {
  let kept: TenantEvent[] = [];
  let lastSeq = 0;
  return {
    get all() {
      return kept;
    },
    get lastSeq() {
      return lastSeq;
    },
    types: () => kept.map(({ type }) => type),
    append: (event) => {
      lastSeq += 1;
      const full: TenantEvent = { ...event, seq: lastSeq };
      kept.push(full);
      return full;
    },
    read: (since, max) => {
      const first = kept[0]?.seq ?? lastSeq + 1;
      if (since > 0 && since < first - 1) throw problem('EVENTS_LOST', { oldest: first - 1, since });
      return kept.filter(({ seq }) => seq > since).slice(0, max);
    },
    prune: (before) => {
      const left = kept.filter(({ at }) => at >= before);
      const count = kept.length - left.length;
      kept = left;
      return count;
    },
    close: () => undefined,
  };
};
