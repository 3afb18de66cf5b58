// The network port in memory: rules that stand or not, and a set of links.

import type { Instance } from '../../src/domain/instance.ts';
import type { Network } from '../../src/ports/network.ts';

export interface FakeNetwork extends Network {
  /** What another program does with `nft flush ruleset`. */
  flush(): void;
  /** The host side of a link, as LXC makes it; any slot of the host. */
  addLink(slot: number): void;
  /** The kernel takes a link away with the namespace its other end is in. */
  dropLink(slot: number): void;
  /** The next call of this verb fails with the error. */
  failNext(verb: keyof Omit<Network, 'method'>, error: Error): void;
  /** Verbs in the order in which they were called. */
  readonly calls: readonly string[];
}

export const createNetwork = ({ slots }: Instance, method: Network['method'] = 'nft'): FakeNetwork => {
  let stands = false;
  const links = new Set<number>();
  const calls: string[] = [];
  const failures = new Map<string, Error>();

  const act = async <T>(verb: keyof Omit<Network, 'method'>, effect: () => T): Promise<T> => {
    calls.push(verb);
    const error = failures.get(verb);
    failures.delete(verb);
    if (error) throw error;
    return effect();
  };

  return {
    method,
    calls,
    ensureIsolation: () =>
      act('ensureIsolation', () => {
        stands = true;
      }),
    checkIsolation: () => act('checkIsolation', () => stands),
    removeIsolation: () =>
      act('removeIsolation', () => {
        stands = false;
      }),
    tuneLink: () => act('tuneLink', () => undefined),
    removeLink: (slot) =>
      act('removeLink', () => {
        links.delete(slot);
      }),
    listLinks: () =>
      act('listLinks', () =>
        [...links].filter((slot) => slot >= slots.first && slot < slots.first + slots.count).sort((a, b) => a - b),
      ),
    flush: () => {
      stands = false;
    },
    addLink: (slot) => {
      links.add(slot);
    },
    dropLink: (slot) => {
      links.delete(slot);
    },
    failNext: (verb, error) => {
      failures.set(verb, error);
    },
  };
};
