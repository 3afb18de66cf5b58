// The nftables ruleset of one instance as text. Pure: the same instance always gives the same text.

import type { Instance } from '../../domain/instance.ts';
import { address4, address6, linkName } from '../../domain/slots.ts';

const slotsOf = ({ slots }: Instance): number[] => Array.from({ length: slots.count }, (_, i) => slots.first + i);

const set = (name: string, type: string, elements: readonly string[]): string =>
  `  set ${name} {\n    type ${type}\n    elements = { ${elements.join(', ')} }\n  }\n`;

/** Neighbour discovery keeps a link alive: hop limit 255 proves that no router passed it on (RFC 4861, 7.1). */
const NEIGHBOUR = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255';

/**
 * Each new link-local sender becomes an entry of the host's neighbour table, which all links share (1024 by default,
 * net.ipv6.neigh.default.gc_thresh3) and which forgets it after a minute or two: a link may add this many, no more.
 * Probes of a tenant's own neighbours need one in half a minute (base_reachable_time).
 */
const NEW_SENDERS = 'limit rate 1/second burst 10 packets';

/**
 * Text for one atomic `nft -f -`: the whole table is replaced, never patched. Sets hold every slot of the instance,
 * so the rules stand before a link exists and never change when tenants come and go.
 *
 * - raw: what a tenant sends carries its own address, or is neighbour discovery; before conntrack costs anything.
 * - forward: nothing from or to a tenant in this step; packets of others are not judged.
 * - input: a tenant may answer the host, but never begin.
 */
export const buildRuleset = (instance: Instance): string => {
  const slots = slotsOf(instance);
  const table = `inet ${instance.name}`;
  return `table ${table}
delete table ${table}
table ${table} {
${set(
  'links',
  'ifname',
  slots.map((slot) => `"${linkName(slot)}"`),
)}${set(
  'own4',
  'ifname . ipv4_addr',
  slots.map((slot) => `"${linkName(slot)}" . ${address4(slot)}`),
)}${set(
  'own6',
  'ifname . ipv6_addr',
  slots.map((slot) => `"${linkName(slot)}" . ${address6(slot)}`),
)}  set discovery {
    type ifname
    size ${slots.length}
    flags dynamic
  }
  chain raw {
    type filter hook prerouting priority raw; policy accept;
    iifname @links goto source
  }
  chain source {
    ${NEIGHBOUR} ip6 saddr :: accept
    iifname . ip saddr @own4 accept
    iifname . ip6 saddr @own6 accept
    ${NEIGHBOUR} ip6 saddr fe80::/10 add @discovery { iifname ${NEW_SENDERS} } accept
    drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname @links drop
    oifname @links drop
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname @links goto host
  }
  chain host {
    ct state established,related accept
    ${NEIGHBOUR} accept
    drop
  }
}
`;
};

/** Text that removes the table and is fine when there is none (a table is made first: nft(8) has no "if exists"). */
export const buildRemoval = (instance: Instance): string =>
  `table inet ${instance.name}\ndelete table inet ${instance.name}\n`;

const VOLATILE = new Set(['handle', 'index', 'metainfo']);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Drops what differs between two equal tables: handles, version lines, the order of set elements. */
const normalize = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(normalize);
  if (!isRecord(value)) return value;
  const flags = value['flags'];
  const isDynamic = Array.isArray(flags) && flags.includes('dynamic'); // filled by packets, not by us
  const entries = Object.entries(value).filter(([key]) => !VOLATILE.has(key) && !(isDynamic && key === 'elem'));
  return Object.fromEntries(
    entries.map(([key, inner]) =>
      key === 'elem' && Array.isArray(inner)
        ? [key, inner.map((element) => JSON.stringify(normalize(element))).sort()]
        : [key, normalize(inner)],
    ),
  );
};

/**
 * What `nft -j list table` says, in a form that is equal exactly when the rules are.
 * @returns undefined when it is no listing, or one without rules
 */
export const formatListing = (json: string): string | undefined => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  const rows = isRecord(parsed) && Array.isArray(parsed['nftables']) ? parsed['nftables'] : [];
  if (!rows.some((row) => isRecord(row) && 'rule' in row)) return undefined;
  return JSON.stringify(normalize(rows));
};
