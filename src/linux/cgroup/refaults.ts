// File pages that were evicted and needed again: what is left to tell a stall by where the kernel has no PSI.

import { FieldReading } from './kernel-reader.ts';
import { Fields } from './parse.ts';
import type { PressureReading } from './pressure.ts';

/** By kind since 5.9, in one before, on v2 since 4.14; on older v1 the pages that were read from disk come near it. */
const NAMES = ['workingset_refault_file', 'workingset_refault', 'pgmajfault'] as const;
const OWN = new Fields(...NAMES);
const TREE = new Fields(...NAMES.map((name) => `total_${name}`));

interface Refaults {
  sample(): { readonly refaults?: number };
  close(): void;
}

/**
 * @param isTree v1, where memory.stat has the group's own figures and those of the whole tree
 * @param pressure where it is there, this says nothing and costs nothing
 */
export const openRefaults = (path: string, isTree: boolean, pressure: PressureReading): Refaults => {
  if (pressure.isOpen) return { sample: () => ({}), close: () => undefined };
  const file = new FieldReading(path, isTree ? TREE : OWN);
  return {
    sample: () => {
      file.load();
      return { refaults: file.get(NAMES.findIndex((_, index) => file.has(index))) };
    },
    close: () => file.close(),
  };
};
