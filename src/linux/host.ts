// The host as the program sees it: facts, fast figures, the slow inventory and the checks of doctor.

import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { CheckFacts, Run } from './checks/check-spec.ts';
import { runChecks } from './checks/run-checks.ts';
import { run } from './exec.ts';
import { openHostSampler } from './host-sample.ts';
import { openHostTotals } from './host-totals.ts';
import { openInventory } from './inventory.ts';
import { HOST_ROOTS, type ProbeOptions, probeHost } from './probe.ts';
import { releaseFilePages } from './resident.ts';

export interface HostOptions extends ProbeOptions, Pick<CheckFacts, 'stateFolder' | 'house' | 'network'> {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Starts the programs of the checks; the real one when absent. */
  readonly run?: Run;
}

/** The port, and the end of its open descriptors. */
export interface OpenHost extends Host {
  close(): void;
}

/** @throws Problem KERNEL_READ when /proc or /sys is not mounted */
export const openHost = (options: HostOptions): OpenHost => {
  const roots = options.roots ?? HOST_ROOTS;
  const { stateFolder, house, network, clock } = options;
  const facts = probeHost(options);
  const sampler = openHostSampler(roots.proc, facts.cpus);
  const totals = openHostTotals(roots);
  const known: CheckFacts = {
    facts,
    roots,
    stateFolder,
    run: options.run ?? run,
    uid: process.geteuid?.() ?? 0,
    ...(house && { house }),
    ...(network && { network }),
  };
  return {
    facts,
    sample: sampler.sample,
    totals: totals.read,
    inventory: openInventory({ facts, clock, stateFolder }),
    check: () => runChecks(known),
    releaseMemory: releaseFilePages,
    close: () => {
      sampler.close();
      totals.close();
    },
  };
};
