// Bases handed from one test box to the next.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { listMountsBelow } from './leftovers.ts';

/**
 * Bases that an earlier box of this run built (TENANTCTL_TEST_BASES names the folder; run-tests.ts makes and removes it):
 * in the lab a build takes 40 s. Hard links: a base is never written after it is built.
 */
export const takeBases = (state: string): void => {
  const kept = process.env['TENANTCTL_TEST_BASES'];
  if (!kept || !existsSync(`${kept}/bases`) || existsSync(`${state}/bases`)) return;
  mkdirSync(state, { recursive: true, mode: 0o711 });
  if (statSync(state).dev !== statSync(kept).dev) return; // a state folder on a small disk of its own
  execFileSync('cp', ['-al', `${kept}/bases`, `${state}/bases`]);
};

export const keepBases = (state: string): void => {
  const kept = process.env['TENANTCTL_TEST_BASES'];
  const isWhole = existsSync(`${state}/bases/.host-files.json`) && listMountsBelow(`${state}/bases`).length === 0;
  if (!kept || existsSync(`${kept}/bases`) || !isWhole || statSync(state).dev !== statSync(kept).dev) return;
  rmSync(`${kept}/fresh`, { recursive: true, force: true });
  execFileSync('cp', ['-al', `${state}/bases`, `${kept}/fresh`]);
  renameSync(`${kept}/fresh`, `${kept}/bases`);
};
