// Freezing by the v1 freezer (cgroup-v1/freezer-subsystem.rst): the state passes FREEZING before it is FROZEN.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../../domain/errors.ts';
import { readKernelFileIfAny, writeKernelFile } from '../files.ts';
import { waitUntil } from './wait.ts';

const FREEZE_TIMEOUT_MS = 5000;

export const freezerFileV1 = (folder: string): string => join(folder, 'freezer.state');

const readState = (folder: string): string | undefined => readKernelFileIfAny(freezerFileV1(folder));

/** Frozen, or on the way there. */
export const isFrozenV1 = (folders: readonly string[]): boolean =>
  folders.some((folder) => ['FROZEN', 'FREEZING'].includes(readState(folder) ?? ''));

/** A freeze that meets a fork may stay at FREEZING until it is asked again. */
const askAgain = (folder: string): boolean => {
  if (readState(folder) === 'FROZEN') return true;
  writeKernelFile(freezerFileV1(folder), 'FROZEN');
  return readState(folder) === 'FROZEN';
};

/** @throws Problem LIMIT_NOT_TAKEN when a process does not stop; the wish is taken back then */
export const freezeV1 = async (folder: string): Promise<void> => {
  if (await waitUntil(() => askAgain(folder), FREEZE_TIMEOUT_MS)) return;
  const got = readState(folder);
  writeKernelFile(freezerFileV1(folder), 'THAWED');
  throw problem('LIMIT_NOT_TAKEN', { path: freezerFileV1(folder), value: 'FROZEN', got });
};

/** @throws Problem KERNEL_WRITE */
export const thawV1 = async (folders: readonly string[]): Promise<void> => {
  for (const folder of folders.filter((path) => existsSync(freezerFileV1(path))))
    writeKernelFile(freezerFileV1(folder), 'THAWED');
  await waitUntil(() => !isFrozenV1(folders), FREEZE_TIMEOUT_MS);
};

/** Freezes without waiting, for the round of kills. */
export const setFrozenV1 = (folder: string, state: 'FROZEN' | 'THAWED'): void => {
  if (existsSync(freezerFileV1(folder))) writeKernelFile(freezerFileV1(folder), state);
};
