// What passed a tenant's link, by descriptors that stay open on the statistics of its host side.

import { linkName } from '../../domain/slots.ts';
import type { LinkBytes, LinkCounters } from '../../ports/network.ts';
import { holdFile, readOnce, releaseFile } from '../cgroup/descriptors.ts';
import { parseNumberAt } from '../cgroup/parse.ts';
import { readStart } from '../syscalls.ts';

/** The largest counter has 20 digits and a newline. One buffer for all: a reading is synchronous. */
const buffer = Buffer.allocUnsafeSlow(32);

const parseBytes = (length: number): number | undefined =>
  length === 0 ? undefined : parseNumberAt(buffer, 0, length);

/** One file of the link's statistics; opened anew when the link is. */
class Statistic {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#file = holdFile(path);
  }

  read(): number | undefined {
    const length = this.#file === undefined ? 0 : readStart(this.#file, buffer);
    if (length > 0) return parseBytes(length);
    this.close(); // ENODEV: this link is gone, another may have its name
    this.#file = holdFile(this.#path);
    return parseBytes(this.#file === undefined ? readOnce(this.#path, buffer) : readStart(this.#file, buffer));
  }

  close(): void {
    if (this.#file !== undefined) releaseFile(this.#file);
    this.#file = undefined;
  }
}

/** @param sys `/sys`: it shows the network namespace of whoever mounted it, which for the host's is the host's (sysfs(5)) */
export const openLinkCounters = (sys: string, slot: number): LinkCounters => {
  const folder = `${sys}/class/net/${linkName(slot)}/statistics`;
  // what the host receives is what the tenant sent
  const sent = new Statistic(`${folder}/rx_bytes`);
  const received = new Statistic(`${folder}/tx_bytes`);
  let isOpen = true;
  return {
    read: (): LinkBytes | undefined => {
      if (!isOpen) return undefined;
      const [rxBytes, txBytes] = [received.read(), sent.read()];
      return rxBytes === undefined || txBytes === undefined ? undefined : { rxBytes, txBytes };
    },
    close: () => {
      isOpen = false;
      sent.close();
      received.close();
    },
  };
};
