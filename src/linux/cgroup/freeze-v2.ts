// Freezing by cgroup.freeze (5.2, cgroup-v2.rst): a wish, and cgroup.events says when it has come true.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../../domain/errors.ts';
import { readKernelFileIfAny, writeKernelFile } from '../files.ts';
import { waitUntil } from './wait.ts';

const FREEZE_TIMEOUT_MS = 5000;

const isWished = (folder: string): boolean => readKernelFileIfAny(join(folder, 'cgroup.freeze')) === '1';

const isReached = (folder: string, frozen: boolean): boolean =>
  new RegExp(`^frozen ${frozen ? 1 : 0}$`, 'm').test(readKernelFileIfAny(join(folder, 'cgroup.events')) ?? '');

/** Frozen by us (payload) or by lxc-freeze (the inner group). */
export const isFrozenV2 = (payload: string, inner: string): boolean => isWished(payload) || isWished(inner);

/** @throws Problem LIMIT_NOT_TAKEN when a process does not stop; the wish is taken back then */
export const freezeV2 = async (folder: string): Promise<void> => {
  const path = join(folder, 'cgroup.freeze');
  writeKernelFile(path, '1');
  if (await waitUntil(() => isReached(folder, true), FREEZE_TIMEOUT_MS)) return;
  writeKernelFile(path, '0');
  throw problem('LIMIT_NOT_TAKEN', { path, value: '1', got: readKernelFileIfAny(join(folder, 'cgroup.events')) });
};

/** @throws Problem KERNEL_WRITE */
export const thawV2 = async (folders: readonly string[]): Promise<void> => {
  const present = folders.filter((path) => existsSync(path));
  for (const folder of present) if (isWished(folder)) writeKernelFile(join(folder, 'cgroup.freeze'), '0');
  // all are asked before the first is waited for: an inner group stays frozen as long as the outer one
  await waitUntil(() => present.every((folder) => isReached(folder, false)), FREEZE_TIMEOUT_MS);
};
