// Pressure of one group, from the cgroup2 hierarchy (Documentation/accounting/psi.rst); on hybrid hosts that is `unified`.

import { join } from 'node:path';
import type { Pressure } from '../../domain/usage.ts';
import { Reading, SHARED_BUFFER } from './kernel-reader.ts';
import { parsePressure } from './parse.ts';

export class PressureReading {
  readonly #files: readonly Reading[];
  readonly #out = new Float64Array(2);

  /** @param folder undefined where no cgroup2 hierarchy is mounted */
  constructor(folder: string | undefined) {
    const names = folder === undefined ? [] : ['cpu', 'memory', 'io'];
    this.#files = names.map((name) => new Reading(join(folder ?? '', `${name}.pressure`)));
  }

  /** @returns null without PSI (CONFIG_PSI, psi=1, cgroup.pressure) */
  sample(): Pressure | null {
    const [cpu, memory, io] = this.#files;
    if (!cpu?.isOpen || !memory || !io || !this.#load(cpu)) return null;
    const cpuSomeUsec = this.#out[0] ?? 0;
    this.#load(memory);
    const memorySomeUsec = this.#out[0] ?? 0;
    const memoryFullUsec = this.#out[1] ?? 0;
    this.#load(io);
    return {
      cpuSomeUsec,
      memorySomeUsec,
      memoryFullUsec,
      ioSomeUsec: this.#out[0] ?? 0,
      ioFullUsec: this.#out[1] ?? 0,
    };
  }

  #load(file: Reading): boolean {
    const length = file.read();
    parsePressure(SHARED_BUFFER, length, this.#out);
    return length > 0;
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}
