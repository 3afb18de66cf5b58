// Checks of doctor: who we are and what the kernel can do.

import { formatBytes, formatCpu, formatCpuset, parseCpuset } from '../../domain/units.ts';
import { isKernelAtLeast } from '../probe.ts';
import { type CheckFacts, type CheckSpec, fail, pass, QUICK_MS, type Verdict, warn } from './check-spec.ts';

const checkRoot = ({ uid }: CheckFacts): Verdict =>
  uid === 0
    ? pass('the daemon runs as root')
    : fail(`the daemon runs as user ${uid}`, 'start it as root: sudo tenantctl daemon');

/** The floors: pidfd and the new mount calls are complete from 5.4 on; overlayfs takes idmapped layers from 5.19 on. */
const checkKernel = ({ facts }: CheckFacts): Verdict => {
  if (isKernelAtLeast(facts.kernel, 5, 19)) return pass(`kernel ${facts.kernel}`);
  if (isKernelAtLeast(facts.kernel, 5, 4))
    return warn(
      `kernel ${facts.kernel} is older than 5.19: each tenant needs its own copy of the base`,
      'upgrade the kernel, for example: apt install linux-image-amd64',
    );
  return fail(
    `kernel ${facts.kernel} is older than 5.4`,
    'upgrade the kernel, for example: apt install linux-image-amd64',
  );
};

const checkIdmap = ({ facts }: CheckFacts): Verdict =>
  facts.idmappedOverlay
    ? pass('overlayfs takes idmapped layers: tenants share one base')
    : warn(
        'overlayfs takes no idmapped layers here: each tenant gets its own copy of the base',
        'use a kernel from 5.19 on, and a state folder on ext4, xfs or btrfs',
      );

const checkPressure = ({ facts }: CheckFacts): Verdict =>
  facts.psi
    ? pass('the kernel tells pressure (PSI)')
    : warn('no pressure figures (PSI): top shows "-"', 'boot with psi=1 on the kernel command line');

const checkMachine = ({ facts }: CheckFacts): Verdict =>
  pass(`${facts.cpus} CPUs (${formatCpuset(parseCpuset(facts.cpuList))}), ${formatBytes(facts.memory)} of memory`);

const checkSwap = ({ facts }: CheckFacts): Verdict =>
  facts.swap > 0
    ? pass(`${formatBytes(facts.swap)} of swap`)
    : warn(
        'no swap: a tenant at its memory limit is killed at once instead of slowed down',
        'if you like: fallocate -l 1G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile',
      );

/** Least that a host needs for itself and its admin's login; the default of the house is 5 % and 256 MiB. */
const LEAST_RESERVE = 64 * 1024 * 1024;

const checkReserve = ({ facts, house }: CheckFacts): Verdict => {
  if (!house) return warn('no ceiling over all tenants: the host keeps no reserve', 'set house in config.yaml');
  const cpu = facts.cpus * 1000 - house.cpu;
  const memory = facts.memory - house.memory;
  if (cpu <= 0 || memory < LEAST_RESERVE)
    return warn(
      `the host keeps ${formatCpu(Math.max(0, cpu))} CPU and ${formatBytes(Math.max(0, memory))} for itself`,
      'lower the ceiling of the house in config.yaml, so that you can always log in',
    );
  return pass(`the host keeps ${formatCpu(cpu)} CPU and ${formatBytes(memory)} for itself`);
};

export const KERNEL_CHECKS: readonly CheckSpec[] = [
  { id: 'root', timeoutMs: QUICK_MS, look: checkRoot },
  { id: 'kernel', timeoutMs: QUICK_MS, look: checkKernel },
  { id: 'machine', timeoutMs: QUICK_MS, look: checkMachine },
  { id: 'house-reserve', timeoutMs: QUICK_MS, look: checkReserve },
  { id: 'idmap', timeoutMs: QUICK_MS, look: checkIdmap },
  { id: 'pressure', timeoutMs: QUICK_MS, look: checkPressure },
  { id: 'swap', timeoutMs: QUICK_MS, look: checkSwap },
];
