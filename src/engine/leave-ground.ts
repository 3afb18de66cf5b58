// At the orderly end of a daemon: a host without tenants is left as it was found, however many instances were tried on it.

import { toProblem } from '../domain/errors.ts';
import type { Engine } from './engine.ts';
import { placeOf } from './observe.ts';

const isDeserted = async ({ ports }: Engine): Promise<boolean> =>
  ports.registry.current.tenants.length === 0 &&
  (await ports.containers.listRunning()).size === 0 &&
  (await ports.network.listLinks()).length === 0;

/**
 * Takes away the rules that keep tenants apart and the parent of their groups, where nobody is left to need them; the
 * next daemon makes both anew (heal.ts). A slice of systemd's stays: it is no work of ours, and systemd may be shutting
 * the machine down. What cannot be removed keeps no daemon from its end.
 */
export const leaveGround = async (engine: Engine): Promise<void> => {
  const { ports, config } = engine;
  try {
    if (!(await isDeserted(engine))) return;
    await ports.network.removeIsolation();
    if (!config.systemd) await ports.cgroups.removeHouse(placeOf(config, 'any').house);
  } catch (error) {
    ports.log.warn('rules and groups of no tenant stay on the host', { error: toProblem(error).message });
  }
};
