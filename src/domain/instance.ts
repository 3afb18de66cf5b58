// One instance of tenantctl per state folder: all names it uses on the host follow from one word.

import { SLOT_COUNT, type SlotSpace } from './slots.ts';

export interface Instance {
  /** `tenantctl`, or `tenantctl_HASH` for a state folder that is not the default one. */
  readonly name: string;
  readonly slots: SlotSpace;
}

/** Slots of the default instance; the rest is for instances that tests run beside it. */
const DEFAULT_SLOTS = 1024;
const SIDE_SLOTS = 24;

/** FNV-1a, 32 bit: spreads folder names over the side instances. */
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return h;
};

export const DEFAULT_STATE = '/var/lib/tenantctl';

/** A second instance never touches the first one's cgroups, links, mounts or nft table. */
export const buildInstance = (stateFolder: string): Instance => {
  if (stateFolder === DEFAULT_STATE) return { name: 'tenantctl', slots: { first: 0, count: DEFAULT_SLOTS } };
  const h = hash(stateFolder);
  const blocks = Math.floor((SLOT_COUNT - DEFAULT_SLOTS) / SIDE_SLOTS);
  return {
    name: `tenantctl_${h.toString(16).padStart(8, '0')}`,
    slots: { first: DEFAULT_SLOTS + (h % blocks) * SIDE_SLOTS, count: SIDE_SLOTS },
  };
};

/**
 * Where a tenant's cgroups are, relative to a hierarchy's root. Limits go on `payload`, the tenant gets `payload/ns`,
 * LXC's monitor sits beside in `monitor`. Under systemd the root is a delegated scope, elsewhere a plain folder.
 */
export interface Place {
  readonly house: string;
  readonly root: string;
  readonly payload: string;
  readonly inner: string;
  readonly monitor: string;
}

export const buildPlace = (instance: Instance, tenant: string, systemd: boolean): Place => {
  const house = systemd ? `${instance.name}.slice` : instance.name;
  const root = systemd ? `${house}/${scopeName(instance, tenant)}` : `${house}/${tenant}`;
  return { house, root, payload: `${root}/payload`, inner: `${root}/payload/ns`, monitor: `${root}/monitor` };
};

/** systemd unit of one tenant; `tenant-alice.scope` for the default instance. */
export const scopeName = (instance: Instance, tenant: string): string =>
  instance.name === 'tenantctl' ? `tenant-${tenant}.scope` : `${instance.name}-${tenant}.scope`;
