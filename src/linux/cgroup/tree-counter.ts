// A counter that the kernel keeps per group and not for the tree: the sum over all groups, never going back.

import { readStart } from '../syscalls.ts';
import { holdFile, readOnce, releaseFile } from './descriptors.ts';
import { visitFolders } from './tree.ts';

/** Files kept open; of what is beyond, a part is read by each tick in turn, so a tenant cannot buy our time or descriptors. */
const OPEN_MAX = 64;
const REST_PER_READING = 32;

/** Below a path too long for the kernel (tree.ts) nothing is counted: only a tenant that hides from itself goes there. */
const ANCHOR = '/proc/self/fd/';

interface Node {
  /** The folder's path, byte by byte: a third of what a Buffer takes. */
  readonly key: string;
  readonly fd: number | undefined;
  last: number;
}

export interface TreeCounterOptions {
  readonly top: string;
  readonly file: string;
  /** The counter in a file's bytes. */
  readonly parse: (bytes: Uint8Array, length: number) => number;
  readonly buffer: Uint8Array;
  /** A figure that changes when groups come or go: whether to look at the tree anew. */
  readonly shape: () => number;
  /** Asked for at each so manieth reading; a group that is gone is noticed at once in any case. */
  readonly shapeEvery: number;
}

export class TreeCounter {
  readonly #options: TreeCounterOptions;
  #open: readonly Node[] = [];
  #rest: readonly Node[] = [];
  #total = 0;
  #shape = -1;
  #age = 0;
  #turn = 0;

  constructor(options: TreeCounterOptions) {
    this.#options = options;
    this.#list();
  }

  #list(): void {
    this.#age = 0;
    this.#shape = this.#options.shape();
    const known = new Map([...this.#open, ...this.#rest].map((node) => [node.key, node]));
    const seen: Node[] = [];
    visitFolders(this.#options.top, {
      enter: (path) => {
        const key = path.toString('latin1');
        if (key.startsWith(ANCHOR)) return;
        const former = known.get(key);
        known.delete(key);
        const fd = former?.fd ?? (seen.length < OPEN_MAX ? holdFile(this.#pathOf(key)) : undefined);
        seen.push({ key, fd, last: former?.last ?? 0 });
      },
    });
    for (const { fd } of known.values()) if (fd !== undefined) releaseFile(fd);
    this.#open = seen.filter(({ fd }) => fd !== undefined);
    this.#rest = seen.filter(({ fd }) => fd === undefined);
  }

  #pathOf(key: string): Buffer {
    return Buffer.from(`${key}/${this.#options.file}`, 'latin1');
  }

  /** @returns false when the group is gone */
  #readNode(node: Node): boolean {
    const { buffer, parse } = this.#options;
    const length = node.fd === undefined ? readOnce(this.#pathOf(node.key), buffer) : readStart(node.fd, buffer);
    if (length === 0) return node.fd === undefined;
    const now = Math.max(0, parse(buffer, length));
    // less than before: a new group of the same name
    this.#total += now >= node.last ? now - node.last : now;
    node.last = now;
    return true;
  }

  /** Those beyond the open ones, and those whose file may yet appear (the tenant enables the controller later). */
  #readRest(): void {
    for (let i = 0; i < Math.min(REST_PER_READING, this.#rest.length); i++) {
      const node = this.#rest[this.#turn++ % this.#rest.length];
      if (node) this.#readNode(node);
    }
  }

  /** Sum of what was counted since the groups began, as far as they were seen. */
  read(): number {
    if (++this.#age % this.#options.shapeEvery === 0 && this.#options.shape() !== this.#shape) this.#list();
    const dead: Node[] = [];
    for (let i = 0; i < this.#open.length; i++) {
      const node = this.#open[i] as Node;
      if (!this.#readNode(node)) dead.push(node);
    }
    if (this.#rest.length > 0) this.#readRest();
    if (dead.length > 0) this.#bury(dead);
    return this.#total;
  }

  /** A group of the same name begins to count at nothing again, so the dead are forgotten before the tree is listed. */
  #bury(dead: readonly Node[]): void {
    for (const { fd } of dead) if (fd !== undefined) releaseFile(fd);
    this.#open = this.#open.filter((node) => !dead.includes(node));
    this.#list();
  }

  close(): void {
    for (const { fd } of this.#open) if (fd !== undefined) releaseFile(fd);
    this.#open = [];
    this.#rest = [];
  }
}
