// Chooses how tenants are kept apart on this host, once, and gives the port.

import { Problem } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import type { Log } from '../../ports/log.ts';
import type { Network } from '../../ports/network.ts';
import type { HostSettings } from '../host-settings.ts';
import { ensureForwarding } from './forwarding.ts';
import { openLinkCounters } from './link-counters.ts';
import { readLinks, removeLink, tuneLink } from './links.ts';
import { type Isolation, openNft, probeNft } from './nft.ts';
import { relink } from './relink.ts';
import { openRules } from './rules.ts';

export interface NetworkOptions {
  readonly instance: Instance;
  readonly log: Pick<Log, 'warn'>;
  readonly settings: HostSettings;
  readonly proc?: string;
  readonly sys?: string;
  /** Instead of asking the kernel. */
  readonly method?: Network['method'];
}

const choose = async ({ instance, log, method }: NetworkOptions): Promise<Network['method']> => {
  if (method) return method;
  try {
    await probeNft(instance);
    return 'nft';
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'COMMAND_TIMEOUT') throw error;
    log.warn('no inet nftables: tenants are kept apart by ip rules, the host itself is not closed to them', {
      why: error.message,
    });
    return 'rules';
  }
};

/** Rules first, forwarding after: at no moment can a packet pass that the rules have not seen. */
const ensureAll = async (isolation: Isolation, settings: HostSettings, proc: string): Promise<void> => {
  await isolation.ensure();
  ensureForwarding(settings, proc);
};

/** @throws Problem COMMAND_TIMEOUT when nft hangs */
export const openNetwork = async (options: NetworkOptions): Promise<Network> => {
  const { instance, settings, proc = '/proc', sys = '/sys' } = options;
  const method = await choose(options);
  const isolation = method === 'nft' ? openNft(instance) : openRules(instance, proc);
  return {
    method,
    ensureIsolation: () => ensureAll(isolation, settings, proc),
    checkIsolation: () => isolation.check(),
    removeIsolation: () => isolation.remove(),
    tuneLink: async (slot) => tuneLink(proc, slot, method),
    removeLink,
    listLinks: async () => readLinks(proc, instance),
    relink: (slot, pid, isOwn) => relink({ proc, method }, slot, pid, isOwn),
    openLinkCounters: (slot) => openLinkCounters(sys, slot),
  };
};
