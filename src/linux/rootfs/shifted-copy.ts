// A base copied into one tenant's ids, for kernels whose overlay takes no id-mapped layer.

import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import { run } from '../exec.ts';
import { readAttribute, writeAttribute } from '../syscalls.ts';
import { readImageSize } from './image.ts';
import { removeTree } from './remove-tree.ts';

const COPY_MS = 3_600_000;
const CAPABILITY = 'security.capability';

/**
 * A file capability of revision 2 counts for the first user namespace only; revision 3 names the root id it counts
 * for (linux/capability.h, struct vfs_ns_cap_data).
 */
export const shiftCapability = (value: Buffer, first: number): Buffer => {
  const shifted = Buffer.alloc(24);
  value.copy(shifted, 0, 0, 20);
  const flags = value.readUInt32LE(0) & 0x00ffffff;
  shifted.writeUInt32LE((0x03000000 | flags) >>> 0, 0);
  const revision = value.readUInt8(3);
  shifted.writeUInt32LE(first + (revision === 3 && value.length >= 24 ? value.readUInt32LE(20) : 0), 20);
  return shifted;
};

/** chown(2) takes setuid bits and capabilities away, so they are put back after it. */
const shiftEntry = async (path: Buffer, first: number): Promise<boolean> => {
  const info = lstatSync(path);
  const capability = info.isFile() ? readAttribute(path, CAPABILITY) : undefined;
  lchownSync(path, first + info.uid, first + info.gid);
  if (!info.isSymbolicLink() && (info.mode & 0o6000) !== 0) await chmod(path, info.mode & 0o7777);
  if (capability) writeAttribute(path, CAPABILITY, shiftCapability(capability, first));
  return info.isDirectory();
};

const SLASH = Buffer.from('/');

/** Names are bytes. Hard links come by more than once: what is in the tenant's block already stays. */
const shiftTree = async (folder: Buffer, first: number): Promise<void> => {
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const path = Buffer.concat([folder, SLASH, name]);
    if (lstatSync(path).uid >= first) continue;
    if (await shiftEntry(path, first)) await shiftTree(path, first);
  }
};

/**
 * Makes `target` a copy of a base's root with ids shifted, under another name until it is complete.
 * @param base folder only we can write
 */
export const ensureShiftedCopy = async (base: string, target: string, first: number, clock: Clock): Promise<void> => {
  if (readImageSize(target) !== null) return;
  const fresh = `${target}.new`;
  await removeTree(fresh, clock);
  try {
    await run('cp', ['--archive', '--reflink=auto', '--', base, fresh], { timeoutMs: COPY_MS });
    await shiftTree(Buffer.from(fresh), first);
    await shiftEntry(Buffer.from(fresh), first);
    await rename(fresh, target);
  } catch (error) {
    await removeTree(fresh, clock);
    throw error;
  }
};
