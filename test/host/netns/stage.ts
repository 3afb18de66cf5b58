// A box with two tenants and the world outside, as LXC 5 builds it (veth.mode = router), in this network namespace.

import { writeFileSync } from 'node:fs';
import type { Instance } from '../../../src/domain/instance.ts';
import { address4, address6, GATEWAY4, GATEWAY6, linkName } from '../../../src/domain/slots.ts';
import { run } from '../../../src/linux/exec.ts';
import { type Peer, startPeer } from './peer-client.ts';

export const UPLINK = { host4: '192.0.2.2', world4: '192.0.2.1', host6: 'fd00::2', world6: 'fd00::1' } as const;

export interface Tenant extends Peer {
  readonly slot: number;
  readonly v4: string;
  readonly v6: string;
}

export interface Stage {
  readonly alice: Tenant;
  readonly bob: Tenant;
  readonly world: Peer;
  readonly host: Peer;
  stop(): Promise<void>;
}

export const ip = async (...args: string[]): Promise<void> => {
  await run('ip', args);
};

const setSysctl = (key: string, value: string): void => writeFileSync(`/proc/sys/net/${key}`, value);

const addWorld = async (world: Peer): Promise<void> => {
  await ip('link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1', 'netns', String(world.pid));
  await ip('addr', 'add', `${UPLINK.host4}/24`, 'dev', 'up0');
  await ip('addr', 'add', `${UPLINK.host6}/64`, 'dev', 'up0', 'nodad');
  await ip('link', 'set', 'up0', 'up');
  setSysctl('ipv4/conf/up0/forwarding', '1'); // so that answers from the world would come back
  await world.ip('addr', 'add', `${UPLINK.world4}/24`, 'dev', 'up1');
  await world.ip('addr', 'add', `${UPLINK.world6}/64`, 'dev', 'up1', 'nodad');
  await world.ip('link', 'set', 'up1', 'up');
  await world.ip('route', 'add', 'default', 'via', UPLINK.host4);
  await world.ip('-6', 'route', 'add', 'default', 'via', UPLINK.host6);
  await ip('route', 'add', 'default', 'via', UPLINK.world4);
  await ip('-6', 'route', 'add', 'default', 'via', UPLINK.world6);
};

const addTenant = async (peer: Peer, slot: number): Promise<Tenant> => {
  const [link, v4, v6] = [linkName(slot), address4(slot), address6(slot)];
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(peer.pid));
  await ip('link', 'set', link, 'up');
  setSysctl(`ipv4/conf/${link}/forwarding`, '1');
  setSysctl(`ipv6/conf/${link}/forwarding`, '1');
  setSysctl(`ipv6/conf/${link}/proxy_ndp`, '1');
  // unlike LXC: the kernel answers for a proxied neighbour at once instead of after up to 0.8 s (arp(7))
  setSysctl(`ipv4/neigh/${link}/proxy_delay`, '0');
  setSysctl(`ipv6/neigh/${link}/proxy_delay`, '0');
  await ip('neigh', 'add', 'proxy', GATEWAY4, 'dev', link);
  await ip('-6', 'neigh', 'add', 'proxy', GATEWAY6, 'dev', link);
  await ip('route', 'add', `${v4}/32`, 'dev', link);
  await ip('-6', 'route', 'add', `${v6}/128`, 'dev', link);
  await peer.ip('link', 'set', 'lo', 'up');
  await peer.ip('addr', 'add', `${v4}/32`, 'dev', 'eth0');
  await peer.ip('addr', 'add', `${v6}/128`, 'dev', 'eth0', 'nodad');
  await peer.ip('link', 'set', 'eth0', 'up');
  await peer.ip('route', 'add', GATEWAY4, 'dev', 'eth0');
  await peer.ip('route', 'add', 'default', 'via', GATEWAY4, 'dev', 'eth0');
  await peer.ip('-6', 'route', 'add', 'default', 'via', GATEWAY6, 'dev', 'eth0');
  return { ...peer, slot, v4, v6 };
};

/** Everything vanishes with the namespaces, which end with their processes. */
export const openStage = async ({ slots }: Instance): Promise<Stage> => {
  await ip('link', 'set', 'lo', 'up');
  // what ensureForwarding sets; here first, so that the stage is open before any rule
  setSysctl('ipv6/conf/all/forwarding', '1');
  const peers = await Promise.all([startPeer(true), startPeer(true), startPeer(true), startPeer(false)]);
  const [a, b, world, host] = peers as [Peer, Peer, Peer, Peer];
  await addWorld(world);
  const alice = await addTenant(a, slots.first);
  const bob = await addTenant(b, slots.first + 1);
  return {
    alice,
    bob,
    world,
    host,
    stop: async () => {
      await Promise.all(peers.map((peer) => peer.stop()));
      for (const link of ['up0', linkName(alice.slot), linkName(bob.slot)])
        await run('ip', ['link', 'del', link], { okStatus: [0, 1] });
    },
  };
};
