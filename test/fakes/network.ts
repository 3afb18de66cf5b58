// The network port in memory: rules that stand or not, and a set of links.

import type { Instance } from '../../src/domain/instance.ts';
import type { LinkBytes, Network } from '../../src/ports/network.ts';

type Verb = keyof Omit<Network, 'method' | 'openLinkCounters'>;

export interface FakeNetwork extends Network {
  /** What another program does with `nft flush ruleset`. */
  flush(): void;
  /** The host side of a link, as LXC makes it; any slot of the host. */
  addLink(slot: number): void;
  /** What passed a link so far, as its tenant sees it. */
  setLinkBytes(slot: number, bytes: LinkBytes): void;
  /** The kernel takes a link away with the namespace its other end is in. */
  dropLink(slot: number): void;
  /** Whether a link has our settings: a new one has none. */
  isTuned(slot: number): boolean;
  /** The next call of this verb fails with the error. */
  failNext(verb: Verb, error: Error): void;
  /** Verbs in the order in which they were called. */
  readonly calls: readonly string[];
}

export const createNetwork = ({ slots }: Instance, method: Network['method'] = 'nft'): FakeNetwork => {
  let stands = false;
  const links = new Map<number, LinkBytes>();
  const tuned = new Set<number>();
  const calls: string[] = [];
  const failures = new Map<string, Error>();

  const act = async <T>(verb: Verb, effect: () => T): Promise<T> => {
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
    tuneLink: (slot) =>
      act('tuneLink', () => {
        tuned.add(slot);
      }),
    isTuned: (slot) => tuned.has(slot),
    removeLink: (slot) =>
      act('removeLink', () => {
        links.delete(slot);
        tuned.delete(slot);
      }),
    listLinks: () =>
      act('listLinks', () =>
        [...links.keys()]
          .filter((slot) => slot >= slots.first && slot < slots.first + slots.count)
          .sort((a, b) => a - b),
      ),
    relink: (slot, _pid, isOwn) =>
      act('relink', () => {
        if (!isOwn()) throw new Error('no such process');
        links.set(slot, { rxBytes: 0, txBytes: 0 });
      }),
    flush: () => {
      stands = false;
    },
    addLink: (slot) => {
      links.set(slot, links.get(slot) ?? { rxBytes: 0, txBytes: 0 });
    },
    setLinkBytes: (slot, bytes) => {
      links.set(slot, bytes);
    },
    openLinkCounters: (slot) => {
      let open = true;
      return {
        read: () => (open ? links.get(slot) : undefined),
        close: () => {
          open = false;
        },
      };
    },
    dropLink: (slot) => {
      links.delete(slot);
      tuned.delete(slot);
    },
    failNext: (verb, error) => {
      failures.set(verb, error);
    },
  };
};
