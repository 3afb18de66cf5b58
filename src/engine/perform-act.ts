// What an act of the memory guard does beyond its record; caps, freezes and stops follow from the verdict itself.

import { pickLargestGroup } from '../domain/incidents.ts';
import type { Act } from '../domain/policy-types.ts';
import { formatBytes } from '../domain/units.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { restartRunning } from './lifecycle.ts';
import { placeOf } from './observe.ts';
import { recordEvent } from './reconcile.ts';

/** Each takes some 10 us of the tick, and pids.max is usually 512; who hides behind more is restarted in the end. */
const MOST_READ = 8192;

/** The act says how much is held and how much should be left. */
const reclaim = async (engine: Engine, { tenant, from, to }: Act): Promise<void> => {
  const { cgroups, log } = engine.ports;
  const bytes = Math.max(0, (from ?? 0) - (to ?? 0));
  const got = await cgroups.reclaim(placeOf(engine.config, tenant), bytes);
  log.info('memory was reclaimed', { tenant, asked: bytes, bytes: got });
};

/** The largest process group goes; never the tenant's init: that would be a restart. */
const killLargest = async (engine: Engine, { tenant, cause }: Act, work: Work): Promise<void> => {
  const { cgroups, processes, containers } = engine.ports;
  const place = placeOf(engine.config, tenant);
  const init = engine.runtimes.get(tenant).pid || ((await containers.initPid(tenant)) ?? 0);
  // without it nobody could tell the first process from the others
  const canEnd = init > 0 && (cgroups.killsFrozen || !cgroups.isFrozen(place));
  const group = canEnd ? pickLargestGroup(processes.read(cgroups.listPids(place), MOST_READ), init) : undefined;
  const killed = group ? await cgroups.signalPids(place, group.pids, 'SIGKILL') : 0;
  recordEvent(engine.ports, work, {
    type: 'guard-kill',
    tenant,
    text:
      group && killed > 0
        ? `${tenant}: its largest process group (${killed} processes, ${formatBytes(group.memory)}) was ended: ${cause}`
        : `${tenant}: no process group of it could be ended, though ${cause}`,
    data: { killed, memory: group?.memory ?? 0, process: group?.name ?? '' },
  });
};

/** @returns undefined when nothing is to be done beyond the record */
export const performAct = (engine: Engine, act: Act, work: Work): Promise<unknown> | undefined => {
  if (act.mode === 'watch' || act.rule !== 'guard') return undefined;
  if (act.kind === 'reclaim') return reclaim(engine, act);
  if (act.kind === 'kill') return killLargest(engine, act, work);
  if (act.kind !== 'restart') return undefined;
  // a frozen one does not stall: it is restarted for the host's sake only
  const frozenToo = engine.scheduler.states[act.tenant]?.guard.reason === 'host';
  return restartRunning(engine, act.tenant, work, { frozenToo });
};
