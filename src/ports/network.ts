// What the program may do with the host's network in this step: isolation rules and the removal of left links.

/** Bytes since the link was made, as its tenant sees them. */
export interface LinkBytes {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Reads one link with descriptors that stay open; synchronous, for the tick. */
export interface LinkCounters {
  /** @returns undefined while there is no such link; a link made later is found */
  read(): LinkBytes | undefined;
  close(): void;
}

export interface Network {
  /** `nft`, or `rules` (ip rule) on kernels without inet nftables. */
  readonly method: 'nft' | 'rules';
  /** The rules that keep tenants apart stand before the first link does; may run again. */
  ensureIsolation(): Promise<void>;
  /** Whether the rules are still as written (somebody may have flushed them). */
  checkIsolation(): Promise<boolean>;
  /** Removes rules this instance made. */
  removeIsolation(): Promise<void>;
  /** After a start: the first packet of a fresh link does not wait for the kernel's random proxy delay (arp(7)). */
  tuneLink(slot: number): Promise<void>;
  /** Removes the host side of a slot's link if a crash left it. */
  removeLink(slot: number): Promise<void>;
  /** Slots of this instance whose host link exists. */
  listLinks(): Promise<readonly number[]>;
  /**
   * Makes the link of a tenant that runs anew, as LXC had made it: addresses, routes, settings. LXC itself cannot.
   * @param pid of its init; `isOwn` is asked while that process is held, so that the link goes to no other
   * @throws Problem COMMAND_FAILED, SYSCALL; then no link is left
   */
  relink(slot: number, pid: number, isOwn: () => boolean): Promise<void>;
  openLinkCounters(slot: number): LinkCounters;
}
