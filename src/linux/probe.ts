// Facts about the host, read once at start from /proc and /sys.

import { accessSync, readFileSync } from 'node:fs';
import { parseCpuset } from '../domain/units.ts';
import type { CgroupVersion, Unenforceable } from '../ports/cgroups.ts';
import type { HostFacts } from '../ports/host.ts';
import { readKernelFile, readKernelFileIfAny } from './files.ts';

/** Where the kernel's file systems and /run are; fixtures put their own folders here. */
export interface HostRoots {
  readonly proc: string;
  readonly sys: string;
  readonly run: string;
}

export const HOST_ROOTS: HostRoots = { proc: '/proc', sys: '/sys', run: '/run' };

export interface ProbeOptions {
  readonly roots?: HostRoots;
  /** What the cgroup chooser found: the version by file system type, and what it cannot enforce. */
  readonly cgroups: { readonly version: CgroupVersion; readonly unenforceable: Unenforceable };
  /** What the rootfs probe found by trying; by kernel version when absent. */
  readonly idmappedOverlay?: boolean;
}

/** "6.1.0-18-amd64" -> [6, 1]; [0, 0] for what is no release. */
export const parseKernelRelease = (release: string): readonly [number, number] => {
  const match = /^(\d+)\.(\d+)/.exec(release);
  return match ? [Number(match[1]), Number(match[2])] : [0, 0];
};

export const isKernelAtLeast = (release: string, major: number, minor: number): boolean => {
  const [a, b] = parseKernelRelease(release);
  return a > major || (a === major && b >= minor);
};

/** Fields of /proc/meminfo in bytes; a field that is not there is 0. */
export const parseMeminfo = (text: string): ((field: string) => number) => {
  const fields = new Map<string, number>();
  for (const [, name = '', kib] of text.matchAll(/^([\w()]+):\s+(\d+)(?: kB)?/gm)) fields.set(name, Number(kib) * 1024);
  return (field) => fields.get(field) ?? 0;
};

/** Octal escapes of proc_pid_mountinfo(5): space, tab, newline, backslash. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/**
 * Mount point of lxcfs itself. Files of an outer lxcfs bound over /proc (the box is a container) have another root
 * than "/" and are not it.
 */
export const parseLxcfsMount = (mountinfo: string): string | null => {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    if (after.startsWith('fuse.lxcfs ') && root === '/' && point) return unescapeMount(point);
  }
  return null;
};

const CAP_SYS_RESOURCE = 24n; // capability.h

/** Whether the effective set of /proc/self/status holds CAP_SYS_RESOURCE. */
export const parseSysResource = (status: string): boolean => {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return hex !== undefined && ((BigInt(`0x${hex}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
};

/** sd_booted(3): this folder exists when systemd is process 1. */
const isThere = (path: string): boolean => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
};

/** Where PSI is switched off (psi=0, CONFIG_PSI_DEFAULT_DISABLED) the file is absent or refuses to be read (EOPNOTSUPP). */
const hasPressure = (proc: string): boolean => readKernelFileIfAny(`${proc}/pressure/cpu`) !== undefined;

/**
 * Reads all facts; once, at start.
 * @throws Problem KERNEL_READ when /proc or /sys is not mounted
 */
export const probeHost = (options: ProbeOptions): HostFacts => {
  const { proc, sys, run } = options.roots ?? HOST_ROOTS;
  const kernel = readKernelFile(`${proc}/sys/kernel/osrelease`);
  const cpuList = readKernelFile(`${sys}/devices/system/cpu/online`);
  const meminfo = parseMeminfo(readKernelFile(`${proc}/meminfo`));
  return {
    hostname: readKernelFile(`${proc}/sys/kernel/hostname`),
    kernel,
    bootId: readKernelFile(`${proc}/sys/kernel/random/boot_id`),
    cpus: parseCpuset(cpuList).length,
    cpuList,
    memory: meminfo('MemTotal'),
    swap: meminfo('SwapTotal'),
    cgroup: options.cgroups.version,
    unenforceable: options.cgroups.unenforceable,
    systemd: isThere(`${run}/systemd/system`),
    psi: hasPressure(proc),
    lxcfs: parseLxcfsMount(readKernelFile(`${proc}/self/mountinfo`)),
    // overlayfs takes idmapped lower layers since 5.19 (fs/overlayfs, "support idmapped layers")
    idmappedOverlay: options.idmappedOverlay ?? isKernelAtLeast(kernel, 5, 19),
    sysResource: parseSysResource(readKernelFile(`${proc}/self/status`)),
  };
};

/** The name people know the distribution by (os-release(5)); empty when there is no such file. */
export const readDistro = (path: string): string => {
  try {
    const text = readFileSync(path, 'utf8');
    return (/^PRETTY_NAME=(.*)$/m.exec(text)?.[1] ?? '').replace(/^["']|["']$/g, '');
  } catch {
    return '';
  }
};
