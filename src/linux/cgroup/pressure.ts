// Pressure of one group, from the cgroup2 hierarchy (Documentation/accounting/psi.rst); on hybrid hosts that is `unified`.

import { join } from 'node:path';
import type { Pressure } from '../../domain/usage.ts';
import { Reading, SHARED_BUFFER } from './kernel-reader.ts';
import { parsePressure } from './parse.ts';

/** One for all readings, as the buffer is: some, full. */
const totals = new Float64Array(2);

const load = (file: Reading): boolean => {
  const length = file.read();
  parsePressure(SHARED_BUFFER, length, totals);
  return length > 0;
};

export class PressureReading {
  readonly #files: readonly Reading[];

  /** @param folder undefined where no cgroup2 hierarchy is mounted */
  constructor(folder: string | undefined) {
    const names = folder === undefined ? [] : ['cpu', 'memory', 'io'];
    this.#files = names.map((name) => new Reading(join(folder ?? '', `${name}.pressure`)));
  }

  get isOpen(): boolean {
    return this.#files[0]?.isOpen ?? false;
  }

  /** @returns null without PSI (CONFIG_PSI, psi=1, cgroup.pressure) */
  sample(): Pressure | null {
    const [cpu, memory, io] = this.#files;
    if (!cpu?.isOpen || !memory || !io || !load(cpu)) return null;
    const cpuSomeUsec = totals[0] ?? 0;
    load(memory);
    const memorySomeUsec = totals[0] ?? 0;
    const memoryFullUsec = totals[1] ?? 0;
    load(io);
    return {
      cpuSomeUsec,
      memorySomeUsec,
      memoryFullUsec,
      ioSomeUsec: totals[0] ?? 0,
      ioFullUsec: totals[1] ?? 0,
    };
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}
