// Checks of doctor: the state folder, overlay and loop devices.

import { stat, statfs } from 'node:fs/promises';
import { formatBytes, GiB } from '../../domain/units.ts';
import { readKernelFileIfAny } from '../files.ts';
import {
  type CheckFacts,
  type CheckSpec,
  fail,
  pass,
  QUICK_MS,
  SLOW_MS,
  unknown,
  type Verdict,
  warn,
} from './check-spec.ts';

const checkFolder = async ({ stateFolder }: CheckFacts): Promise<Verdict> => {
  const found = await stat(stateFolder).catch(() => undefined);
  if (!found) return unknown(`${stateFolder} does not exist yet`, 'the first tenant makes it: tenantctl add NAME');
  if (!found.isDirectory())
    return fail(`${stateFolder} is no folder`, `move it away: mv ${stateFolder} ${stateFolder}.old`);
  if (found.uid !== 0) return fail(`${stateFolder} belongs to user ${found.uid}`, `chown root:root ${stateFolder}`);
  const open = found.mode & 0o026; // others may pass (a tenant's root must reach its own folder), not list, not write
  if (open !== 0)
    return warn(
      `${stateFolder} has mode ${(found.mode & 0o7777).toString(8)}: others can look into it`,
      `chmod 0711 ${stateFolder}`,
    );
  return pass(`${stateFolder} belongs to root, mode ${(found.mode & 0o7777).toString(8)}`);
};

/** Super block magics of statfs(2). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  26985: 'nfs',
  801189825: 'zfs',
  4076150800: 'f2fs',
  1935764847: 'hostfs',
};

/** Bases and sparse disk images are good on these. */
const GOOD = new Set(['ext4', 'xfs', 'btrfs', 'f2fs', 'zfs']);

/** The folder, or the nearest one above it that exists. */
const readStatfs = async (folder: string) => {
  for (let path = folder; ; path = path.slice(0, path.lastIndexOf('/')) || '/') {
    const found = await statfs(path).catch(() => undefined);
    if (found || path === '/') return found;
  }
};

const checkSpace = async ({ stateFolder }: CheckFacts): Promise<Verdict> => {
  const found = await readStatfs(stateFolder);
  if (!found) return unknown(`${stateFolder} cannot be looked at`, `ls -ld ${stateFolder}`);
  const free = found.bavail * found.bsize;
  const fix = 'tenantctl trash empty; tenantctl template ls shows bases that no tenant uses';
  if (free < GiB / 4) return fail(`${formatBytes(free)} are free for tenants' disks`, fix);
  if (free < 2 * GiB) return warn(`${formatBytes(free)} are free for tenants' disks`, fix);
  return pass(`${formatBytes(free)} are free for tenants' disks`);
};

const checkFilesystem = async ({ stateFolder }: CheckFacts): Promise<Verdict> => {
  const found = await readStatfs(stateFolder);
  if (!found) return unknown(`${stateFolder} cannot be looked at`, `ls -ld ${stateFolder}`);
  const name = FILE_SYSTEMS[found.type] ?? `type 0x${found.type.toString(16)}`;
  if (GOOD.has(name)) return pass(`the state folder is on ${name}`);
  return warn(
    `the state folder is on ${name}: ${name === 'tmpfs' ? 'it is gone after a reboot' : 'bases may need an image of their own'}`,
    'put it on ext4, xfs or btrfs: mount one on the state folder, or set TENANTCTL_STATE',
  );
};

const checkOverlay = ({ roots }: CheckFacts): Verdict => {
  const known = readKernelFileIfAny(`${roots.proc}/filesystems`) ?? '';
  if (/\toverlay$/m.test(known)) return pass('overlayfs is in the kernel');
  return fail('overlayfs is not loaded', 'modprobe overlay');
};

const checkLoop = async ({ roots }: CheckFacts): Promise<Verdict> => {
  const devices = readKernelFileIfAny(`${roots.proc}/devices`) ?? '';
  if (!/^ *7 loop$/m.test(devices)) return fail('loop devices are not in the kernel', 'modprobe loop');
  const control = await stat('/dev/loop-control').catch(() => undefined);
  return control
    ? pass('loop devices are there')
    : fail('/dev/loop-control is missing', 'mknod -m 660 /dev/loop-control c 10 237');
};

export const STORAGE_CHECKS: readonly CheckSpec[] = [
  { id: 'state-folder', timeoutMs: SLOW_MS, look: checkFolder },
  { id: 'state-space', timeoutMs: SLOW_MS, look: checkSpace },
  { id: 'state-filesystem', timeoutMs: SLOW_MS, look: checkFilesystem },
  { id: 'overlay', timeoutMs: QUICK_MS, look: checkOverlay },
  { id: 'loop', timeoutMs: SLOW_MS, look: checkLoop },
];
