// SIGKILL on v2: one write, or freeze, signal and thaw where the kernel lacks it.

import { join } from 'node:path';
import type { Place } from '../../domain/instance.ts';
import { readKernelFileIfAny, writeKernelFile } from '../files.ts';
import { killByFile, killPids, killPlace } from './kill.ts';

const setFrozen = (folder: string, value: '0' | '1'): void => {
  const file = join(folder, 'cgroup.freeze');
  if (readKernelFileIfAny(file) !== undefined) writeKernelFile(file, value);
};

const killRound = async (folder: string): Promise<void> => {
  if (killByFile(folder)) return;
  setFrozen(folder, '1');
  killPids(folder);
  setFrozen(folder, '0'); // v2 lets a frozen process die, but a half-frozen tree still forks
};

export const killPlaceV2 = (at: (relative: string) => string, place: Place): Promise<void> =>
  killPlace(at, place, killRound);
