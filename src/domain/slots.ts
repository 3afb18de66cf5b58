// A slot is a small number a tenant owns for life; its ids, address and link name follow from it.

/**
 * First host id of slot 0. 1879048192 to 2147483647 is the range no known tool hands out
 * (systemd, docs/UIDS-GIDS.md: nspawn ends at 1879048191), so blocks never meet /etc/subuid or host users.
 */
export const ID_BASE = 1879048192;
/** Ids per tenant. */
export const ID_BLOCK = 65536;
/** Blocks that fit below 2^31. */
export const SLOT_COUNT = 4096;

export interface SlotSpace {
  /** First slot this instance may use. */
  readonly first: number;
  readonly count: number;
}

/** First host uid and gid of a slot. */
export const idBase = (slot: number): number => ID_BASE + slot * ID_BLOCK;

/** The lowest slot neither used nor still owned by files in the trash; undefined when all are taken. */
export const pickSlot = (used: readonly number[], space: SlotSpace): number | undefined => {
  const taken = new Set(used);
  for (let slot = space.first; slot < space.first + space.count; slot++) if (!taken.has(slot)) return slot;
  return undefined;
};

/** Host side of the tenant's link; IFNAMSIZ is 16 with the final zero (netdevice(7)). */
export const linkName = (slot: number): string => `tct${slot}`;

/** 10.96.0.0/12 holds 2^20 addresses; a slot takes the one at its number, .0 and .255 of a /24 left out by spreading 250 a /24. */
export const address4 = (slot: number): string => {
  const block = Math.floor(slot / 250);
  return `10.${96 + Math.floor(block / 256)}.${block % 256}.${(slot % 250) + 2}`;
};

/** All tenant addresses of all instances. */
export const POOL4 = '10.96.0.0/12';
export const POOL6 = 'fd77:7465:6e61::/48';

/** Unique local address (RFC 4193) of a slot. */
export const address6 = (slot: number): string => `fd77:7465:6e61::${(slot + 2).toString(16)}`;

/** The same next hop for all: LXC answers for it by a neighbour proxy (lxc.container.conf(5), veth.mode router). */
export const GATEWAY4 = '169.254.77.1';
export const GATEWAY6 = 'fe80::1';
