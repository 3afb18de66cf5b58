// The only file that calls the kernel past Node's API (koffi): mounts, loop devices, locks, peers, safe opens.

import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { problem } from '../domain/errors.ts';

/** Numbers from 424 on are the same on every architecture we run on (arch/x86/entry/syscalls, asm-generic/unistd.h). */
const NR_OPEN_TREE = 428;
const NR_MOVE_MOUNT = 429;
const NR_OPENAT2 = 437;
const NR_MOUNT_SETATTR = 442;

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const O_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** mount_setattr(2) */
export const MOUNT_ATTR_RDONLY = 1n;
export const MOUNT_ATTR_NODEV = 4n;
const MOUNT_ATTR_IDMAP = 0x100000n;

/** mount(2) */
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
const UMOUNT_NOFOLLOW = 8;

/** openat2(2) */
export const RESOLVE_NO_XDEV = 1n;
export const RESOLVE_NO_MAGICLINKS = 2n;
export const RESOLVE_NO_SYMLINKS = 4n;
export const RESOLVE_BENEATH = 8n;

type Call = (...args: readonly unknown[]) => number;

const libc = koffi.load('libc.so.6');
/** A function of the C library, for this file and those beside it. */
export const call = (name: string, result: string, args: string[]): Call => libc.func(name, result, args) as Call;

const openTree = call('syscall', 'long', ['long', 'int', 'str', 'uint']);
const moveMount = call('syscall', 'long', ['long', 'int', 'str', 'int', 'str', 'uint']);
const mountSetattr = call('syscall', 'long', ['long', 'int', 'str', 'uint', 'void *', 'size_t']);
const openat2 = call('syscall', 'long', ['long', 'int', 'str', 'void *', 'size_t']);
const mount2 = libc.func('mount', 'int', ['str', 'str', 'str', 'ulong', 'str']);
const umount2 = call('umount2', 'int', ['str', 'int']);
const pread = call('pread', 'long', ['int', 'void *', 'size_t', 'long']);
const flock2 = call('flock', 'int', ['int', 'int']);
const getsockopt = call('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']);
const lgetxattr = call('lgetxattr', 'long', ['void *', 'str', 'void *', 'size_t']);
const lsetxattr = call('lsetxattr', 'int', ['void *', 'str', 'void *', 'size_t', 'int']);
const ioctlNumber = call('ioctl', 'int', ['int', 'ulong', 'long']);
const ioctlBuffer = call('ioctl', 'int', ['int', 'ulong', 'void *']);

/** The result of a call, or a Problem with what was asked and the name of errno. */
export const check = (result: number, name: string, args: string): number => {
  if (result !== -1) return Number(result);
  const number = koffi.errno();
  throw problem('SYSCALL', { call: name, args, errno: getSystemErrorName(-number) });
};

/** True for a Problem of this file with one of these errno names. */
export const isErrno = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && 'data' in error && names.includes(String((error.data as { errno?: unknown }).errno));

/** A detached copy of the mount at a path (recursion off); close it, or attach it. */
export const cloneMount = (path: string): number =>
  check(openTree(NR_OPEN_TREE, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC), 'open_tree', path);

/** Sets attributes of a detached mount; with a user namespace its ids are mapped (kernel 5.12, overlayfs as lower 5.19). */
export const setMountAttributes = (mountFd: number, attributes: bigint, userNamespaceFd?: number): void => {
  const attr = Buffer.alloc(32); // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
  attr.writeBigUInt64LE(userNamespaceFd === undefined ? attributes : attributes | MOUNT_ATTR_IDMAP, 0);
  attr.writeBigUInt64LE(BigInt(userNamespaceFd ?? 0), 24);
  check(
    mountSetattr(NR_MOUNT_SETATTR, mountFd, '', AT_EMPTY_PATH, attr, 32),
    'mount_setattr',
    `${attributes} idmap=${userNamespaceFd !== undefined}`,
  );
};

/** Attaches a detached mount over a folder, named by a descriptor that was opened without following links. */
export const attachMount = (mountFd: number, targetFd: number, label: string): void => {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  check(moveMount(NR_MOVE_MOUNT, mountFd, '', targetFd, '', flags), 'move_mount', label);
};

/** mount(2). Blocks: only for file systems that mount in microseconds. */
export const mount = (source: string, target: string, type: string, flags: number, options: string): void => {
  check(mount2(source, target, type, flags, options), 'mount', `${type} on ${target} ${options}`.slice(0, 300));
};

/**
 * mount(2) in a thread, for file systems that read their disk first; a process of mount(8) costs three times as much.
 * @throws Problem SYSCALL
 */
export const mountLater = (
  source: string,
  target: string,
  type: string,
  flags: number,
  options: string,
): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  mount2.async(source, target, type, flags, options, (error: Error | null, result: number) => {
    try {
      if (error) throw error;
      // koffi hands the thread's errno over for the time of this call
      check(result, 'mount', `${type} on ${target} ${options}`.slice(0, 300));
      resolve();
    } catch (failure) {
      reject(failure);
    }
  });
  return promise;
};

/** umount2(2). Blocks while dirty pages are written, except with MNT_DETACH. */
export const unmount = (target: string, flags = 0): void => {
  check(umount2(target, flags | UMOUNT_NOFOLLOW), 'umount2', target);
};

/**
 * openat2(2) relative to a folder's descriptor.
 * @returns a descriptor; never one that was reached by what `resolve` forbids
 */
export const openAt = (
  dirFd: number,
  path: string,
  options: { flags: number; mode?: number; resolve: bigint },
): number => {
  const how = Buffer.alloc(24); // struct open_how: flags, mode, resolve
  how.writeBigUInt64LE(BigInt(options.flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(options.mode ?? 0), 8);
  how.writeBigUInt64LE(options.resolve, 16);
  // EAGAIN: a rename raced with the walk and the kernel could not prove it safe (openat2(2))
  for (let attempt = 0; ; attempt++) {
    try {
      return check(openat2(NR_OPENAT2, dirFd, path, how, 24), 'openat2', path);
    } catch (error) {
      if (attempt >= 16 || !isErrno(error, 'EAGAIN', 'EINTR')) throw error;
    }
  }
};

/**
 * pread(2) from the start of a file. Of the 0.43 us that fs.readSync takes for a small kernel file 0.1 are Node's own,
 * and a daemon with 1000 tenants reads 17000 of them each second.
 * @returns bytes read, 0 when it cannot be read (ENODEV: the cgroup is gone)
 */
export const readStart = (fd: number, buffer: Uint8Array): number => Math.max(0, pread(fd, buffer, buffer.length, 0));

/** Takes an exclusive flock(2) that dies with the process; false when another one holds it. */
export const tryLock = (fd: number): boolean => {
  const LOCK_EX = 2;
  const LOCK_NB = 4;
  try {
    check(flock2(fd, LOCK_EX | LOCK_NB), 'flock', String(fd));
    return true;
  } catch (error) {
    if (isErrno(error, 'EAGAIN', 'EWOULDBLOCK')) return false;
    throw error;
  }
};

/** Who is at the other end of a unix socket, as the kernel noted at connect (unix(7), SO_PEERCRED). */
export const peerCredentials = (socketFd: number): { pid: number; uid: number; gid: number } => {
  const SOL_SOCKET = 1;
  const SO_PEERCRED = 17;
  const cred = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(12);
  check(getsockopt(socketFd, SOL_SOCKET, SO_PEERCRED, cred, length), 'getsockopt', 'SO_PEERCRED');
  return { pid: cred.readInt32LE(0), uid: cred.readUInt32LE(4), gid: cred.readUInt32LE(8) };
};

/** Paths are bytes for the kernel, and end with a zero. */
const zeroEnded = (path: Uint8Array): Buffer => Buffer.concat([path, Buffer.alloc(1)]);

/** An extended attribute of up to 1 KiB, never of a link's target; undefined when it is not set. */
export const readAttribute = (path: Uint8Array, name: string): Buffer | undefined => {
  const value = Buffer.alloc(1024);
  try {
    const length = check(lgetxattr(zeroEnded(path), name, value, value.length), 'lgetxattr', name);
    return value.subarray(0, length);
  } catch (error) {
    if (isErrno(error, 'ENODATA', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
};

export const writeAttribute = (path: Uint8Array, name: string, value: Uint8Array): void => {
  check(lsetxattr(zeroEnded(path), name, value, value.length, 0), 'lsetxattr', name);
};

/** linux/loop.h */
const LOOP_CTL_GET_FREE = 0x4c82;
const LOOP_CLR_FD = 0x4c01;
const LOOP_SET_CAPACITY = 0x4c07;
const LOOP_CONFIGURE = 0x4c0a;
const LO_FLAGS_AUTOCLEAR = 4;
const LO_FLAGS_DIRECT_IO = 16;

/** Number of a free loop device, made if needed. */
export const findFreeLoop = (controlFd: number): number =>
  check(ioctlNumber(controlFd, LOOP_CTL_GET_FREE, 0), 'ioctl', 'LOOP_CTL_GET_FREE');

/**
 * Binds a file to a loop device that frees itself with its last user, so a crash leaves none behind (kernel 5.8).
 * Past the page cache, so the image's pages are not counted twice; the kernel drops that wish where the file system
 * below cannot. Asked for later (LOOP_SET_DIRECT_IO) it takes 15 ms, for the queue is frozen.
 * @returns false when another process took the device first
 */
export const bindLoop = (deviceFd: number, fileFd: number): boolean => {
  const config = Buffer.alloc(304); // struct loop_config: fd, block_size, loop_info64 (lo_flags at 52), reserved
  config.writeUInt32LE(fileFd, 0);
  config.writeUInt32LE(LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO, 8 + 52);
  try {
    check(ioctlBuffer(deviceFd, LOOP_CONFIGURE, config), 'ioctl', 'LOOP_CONFIGURE');
    return true;
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return false;
    throw error;
  }
};

/** Tells a loop device that its file changed size. */
export const refreshLoop = (deviceFd: number): void => {
  check(ioctlNumber(deviceFd, LOOP_SET_CAPACITY, 0), 'ioctl', 'LOOP_SET_CAPACITY');
};

/** Frees a loop device; tolerates one that is free. */
export const clearLoop = (deviceFd: number): void => {
  try {
    check(ioctlNumber(deviceFd, LOOP_CLR_FD, 0), 'ioctl', 'LOOP_CLR_FD');
  } catch (error) {
    if (!isErrno(error, 'ENXIO')) throw error;
  }
};
