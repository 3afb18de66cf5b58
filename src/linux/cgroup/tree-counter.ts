// A counter that the kernel keeps per group and not for the tree: the sum over all groups, never going back.

import type { OpenKernelFile } from '../files.ts';
import { holdFile, readOnce, releaseFile } from './descriptors.ts';
import { visitFolders } from './tree.ts';

/** Files kept open; of what is beyond, a part is read by each tick in turn, so a tenant cannot buy our time or descriptors. */
const OPEN_MAX = 64;
const REST_PER_READING = 32;

/** Below a path too long for the kernel (tree.ts) nothing is counted: only a tenant that hides from itself goes there. */
const ANCHOR = '/proc/self/fd/';

interface Node {
  readonly key: string;
  readonly path: Buffer;
  readonly file: OpenKernelFile | undefined;
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
  #nodes = new Map<string, Node>();
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
    const seen = new Map<string, Node>();
    const suffix = Buffer.from(`/${this.#options.file}`);
    visitFolders(this.#options.top, {
      enter: (path) => {
        const key = path.toString('latin1');
        if (key.startsWith(ANCHOR)) return;
        const known = this.#nodes.get(key);
        this.#nodes.delete(key);
        const full = Buffer.concat([path, suffix]);
        const file = known?.file ?? (seen.size < OPEN_MAX ? holdFile(full) : undefined);
        seen.set(key, { key, path: full, file, last: known?.last ?? 0 });
      },
    });
    for (const { file } of this.#nodes.values()) if (file) releaseFile(file);
    this.#nodes = seen;
    this.#open = [...seen.values()].filter(({ file }) => file !== undefined);
    this.#rest = [...seen.values()].filter(({ file }) => file === undefined);
  }

  /** @returns false when the group is gone */
  #readNode(node: Node): boolean {
    const { buffer, parse } = this.#options;
    const length = node.file === undefined ? readOnce(node.path, buffer) : node.file.readInto(buffer);
    if (length === 0) return node.file === undefined;
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
    let hasDead = false;
    for (let i = 0; i < this.#open.length; i++) {
      const node = this.#open[i] as Node;
      if (this.#readNode(node)) continue;
      if (node.file) releaseFile(node.file);
      this.#nodes.delete(node.key);
      hasDead = true;
    }
    if (this.#rest.length > 0) this.#readRest();
    if (hasDead) this.#list();
    return this.#total;
  }

  close(): void {
    for (const { file } of this.#nodes.values()) if (file) releaseFile(file);
    this.#nodes.clear();
    this.#open = [];
    this.#rest = [];
  }
}
