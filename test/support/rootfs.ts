// A real rootfs in a state folder of its own, taken down completely at the end.

import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { systemClock } from '../../src/daemon/clock.ts';
import { buildInstance, type Instance } from '../../src/domain/instance.ts';
import { listMounts, unmountBelow } from '../../src/linux/rootfs/mounts.ts';
import type { BaseMode } from '../../src/linux/rootfs/probe.ts';
import { openRootfs } from '../../src/linux/rootfs/rootfs.ts';
import type { Faults } from '../../src/ports/faults.ts';
import type { Rootfs } from '../../src/ports/rootfs.ts';
import { hasSysResource } from './requires.ts';

/** /var/tmp, not /tmp: the latter is often a tmpfs, which some kernels cannot map ids on. */
export const makeState = (): string => realpathSync(mkdtempSync('/var/tmp/tenantctl-test-'));

/** Takes down what a failed test left, removes the folder, and fails when there was anything. */
export const removeState = async (state: string): Promise<void> => {
  const left = listMounts(state).map(({ target }) => target);
  await unmountBelow(state, systemClock);
  rmSync(state, { recursive: true, force: true });
  assert.deepEqual(left, [], 'mounts were left');
};

export interface RealRootfs {
  readonly rootfs: Rootfs;
  readonly state: string;
  readonly instance: Instance;
  readonly slot: number;
  readonly close: () => Promise<void>;
}

export const openRealRootfs = async (
  options: { state?: string; faults?: Faults; sysResource?: boolean; baseMode?: BaseMode } = {},
): Promise<RealRootfs> => {
  const state = options.state ?? makeState();
  const instance = buildInstance(state);
  const facts = { sysResource: options.sysResource ?? hasSysResource(), idmappedOverlay: true };
  const faults = options.faults ? { faults: options.faults } : {};
  const baseMode = options.baseMode ? { baseMode: options.baseMode } : {};
  const rootfs = await openRootfs({ state, instance, facts, clock: systemClock, ...faults, ...baseMode });
  const close = async (): Promise<void> => {
    // this one mount stays by design while the instance exists
    if (options.baseMode === 'image') await unmountBelow(`${state}/bases`, systemClock);
    await removeState(state);
  };
  return { rootfs, state, instance, slot: instance.slots.first, close };
};
