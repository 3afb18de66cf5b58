// A tenant's link made anew while the tenant runs: the words of ip(8), and their way into its network namespace.

import { closeSync, openSync } from 'node:fs';
import { problem } from '../../domain/errors.ts';
import { address4, address6, GATEWAY4, GATEWAY6, linkName } from '../../domain/slots.ts';
import type { Network } from '../../ports/network.ts';
import { run } from '../exec.ts';
import { readKernelFileIfAny, writeKernelFile } from '../files.ts';
import { openProcess, signalProcess } from '../syscalls-process.ts';
import { removeLink, tuneLink } from './links.ts';

/** The pair, with nothing up yet. @param netns path of the tenant's network namespace */
export const buildPair = (slot: number, netns: string): string =>
  `link add ${linkName(slot)} type veth peer name eth0 netns ${netns}\n`;

/** The host's side as LXC has it for `veth.mode = router` (src/lxc/network.c, instantiate_veth and setup_veth_…). */
export const buildHostSide = (slot: number, ipv6: boolean): string => {
  const link = linkName(slot);
  const family = (gateway: string, address: string): string[] => [
    `neigh add proxy ${gateway} dev ${link}`,
    `route add ${address} dev ${link}`,
  ];
  return [
    `link set ${link} up`,
    ...family(GATEWAY4, `${address4(slot)}/32`),
    ...(ipv6 ? family(GATEWAY6, `${address6(slot)}/128`) : []),
    '',
  ].join('\n');
};

/** The tenant's side. Its loopback was never away. */
export const buildTenantSide = (slot: number): string =>
  [
    `address add ${address4(slot)}/32 dev eth0`,
    'link set eth0 up',
    `route add ${GATEWAY4} dev eth0`,
    `route add default via ${GATEWAY4} dev eth0`,
    '',
  ].join('\n');

export const buildTenantSide6 = (slot: number): string =>
  [`address add ${address6(slot)}/128 dev eth0 nodad`, `route add default via ${GATEWAY6} dev eth0`, ''].join('\n');

const BATCH = ['-batch', '-'] as const;

/** What LXC sets on the host's side before it is up. */
const setForwarding = (proc: string, slot: number): void => {
  for (const [family, key] of [
    ['ipv4', 'forwarding'],
    ['ipv6', 'forwarding'],
    ['ipv6', 'proxy_ndp'],
  ] as const) {
    const path = `${proc}/sys/net/${family}/conf/${linkName(slot)}/${key}`;
    if (readKernelFileIfAny(path) !== undefined) writeKernelFile(path, '1');
  }
};

/**
 * Holds the network namespace of a process that was the tenant's while it was opened: the process is held first, then
 * judged, and must still live afterwards.
 * @throws Problem SYSCALL
 */
const openNamespace = (proc: string, pid: number, isOwn: () => boolean): number => {
  const gone = () => problem('SYSCALL', { call: 'pidfd_open', args: String(pid), errno: 'ESRCH' });
  const held = openProcess(pid);
  if (held === undefined) throw gone();
  try {
    const netns = openSync(`${proc}/${pid}/ns/net`, 'r');
    if (isOwn() && signalProcess(held, 0)) return netns;
    closeSync(netns);
    throw gone();
  } finally {
    closeSync(held);
  }
};

/** @throws Problem COMMAND_FAILED, for example where the tenant has made an eth0 of its own; then no link is left */
export const relink = async (
  { proc, method }: { readonly proc: string; readonly method: Network['method'] },
  slot: number,
  pid: number,
  isOwn: () => boolean,
): Promise<void> => {
  const netns = openNamespace(proc, pid, isOwn);
  const path = `${proc}/${process.pid}/fd/${netns}`;
  const ipv6 = readKernelFileIfAny(`${proc}/sys/net/ipv6/conf/default/disable_ipv6`) === '0';
  const enter = (input: string, okStatus: readonly number[]) =>
    run('nsenter', [`--net=${path}`, '--', 'ip', '-batch', '-'], { input, okStatus });
  try {
    await run('ip', BATCH, { input: buildPair(slot, path) });
    try {
      setForwarding(proc, slot);
      tuneLink(proc, slot, method);
      await run('ip', BATCH, { input: buildHostSide(slot, ipv6) });
      await enter(buildTenantSide(slot), [0]);
      // a tenant may have switched IPv6 off for itself
      if (ipv6) await enter(buildTenantSide6(slot), [0, 1]);
    } catch (error) {
      await removeLink(slot);
      throw error;
    }
  } finally {
    closeSync(netns);
  }
};
