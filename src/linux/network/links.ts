// Host sides of the tenants' links: which exist, and the removal of one a crash left.

import type { Instance } from '../../domain/instance.ts';
import { linkName } from '../../domain/slots.ts';
import type { Network } from '../../ports/network.ts';
import { run } from '../exec.ts';
import { readKernelFile, readKernelFileIfAny, writeKernelFile } from '../files.ts';

/** Interface names of /proc/net/dev (proc_net(5)); of the reader's own network namespace, unlike a mounted /sys. */
export const parseInterfaces = (text: string): string[] =>
  text
    .split('\n')
    .slice(2)
    .map((line) => line.slice(0, line.lastIndexOf(':')).trim())
    .filter(Boolean);

/** Slots of this instance among the names; `tct007` or the slot of another instance is none. */
export const pickSlots = (names: readonly string[], { slots }: Instance): number[] =>
  names
    .map((name) => Number(/^tct(0|[1-9]\d{0,3})$/.exec(name)?.[1] ?? Number.NaN))
    .filter((slot) => slot >= slots.first && slot < slots.first + slots.count)
    .sort((a, b) => a - b);

export const readLinks = (proc: string, instance: Instance): number[] =>
  pickSlots(parseInterfaces(readKernelFile(`${proc}/net/dev`)), instance);

/**
 * - proxy_delay: LXC answers for the next hop by a neighbour proxy; the kernel delays such answers by up to 0.8 s.
 * - rp_filter: ARP from an address that is not the tenant's gets no answer. Each answer makes an entry in the host's
 *   neighbour table, which all links share (neigh/default/gc_thresh3), so one tenant could fill it for everybody.
 *   Not beside ip rules: the filter asks them for the way back, they prohibit it, and the host hears nothing (tried).
 */
const SETTINGS = [
  ['ipv4/neigh', 'proxy_delay', '0'],
  ['ipv6/neigh', 'proxy_delay', '0'],
  ['ipv4/conf', 'rp_filter', '1'],
] as const;

export const tuneLink = (proc: string, slot: number, method: Network['method']): void => {
  for (const [kind, file, value] of SETTINGS) {
    if (file === 'rp_filter' && method === 'rules') continue;
    const path = `${proc}/sys/net/${kind}/${linkName(slot)}/${file}`;
    if (readKernelFileIfAny(path) !== undefined) writeKernelFile(path, value);
  }
};

const NO_SUCH_LINK = /Cannot find device/;

/** Deleting one end of a veth deletes the other (veth(4)). */
export const removeLink = async (slot: number): Promise<void> => {
  const { status, stderr } = await run('ip', ['link', 'del', 'dev', linkName(slot)], { okStatus: [0, 1] });
  if (status === 0 || NO_SUCH_LINK.test(stderr)) return;
  await run('ip', ['link', 'del', 'dev', linkName(slot)]); // for its error
};
