// User namespaces that carry an id map for mounts, and id-mapped mounts made with them.

import { closeSync, constants, openSync } from 'node:fs';
import { problem } from '../../domain/errors.ts';
import { ID_BLOCK } from '../../domain/slots.ts';
import { run } from '../exec.ts';
import { writeKernelFile } from '../files.ts';
import { attachMount, cloneMount, MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY, setMountAttributes } from '../syscalls.ts';

/** Longer than any sane spawn; the process is killed as soon as its namespace is open. */
const HOLDER_MS = 10_000;

/**
 * Opens a user namespace that maps 0-65535 to the block that begins at `first`.
 * Node has many threads, so it cannot unshare itself (unshare(2)): a short-lived child does, and the descriptor stays.
 */
export const openUserNamespace = async (first: number): Promise<number> => {
  const done = new AbortController();
  let fd: number | undefined;
  let failure: unknown;
  const onStdout = (text: string): void => {
    try {
      const pid = Number.parseInt(text, 10);
      writeKernelFile(`/proc/${pid}/uid_map`, `0 ${first} ${ID_BLOCK}`);
      writeKernelFile(`/proc/${pid}/gid_map`, `0 ${first} ${ID_BLOCK}`);
      fd = openSync(`/proc/${pid}/ns/user`, constants.O_RDONLY);
    } catch (error) {
      failure = error;
    }
    done.abort();
  };
  // the number is printed after unshare(2), so the namespace is there when it is read
  const command = ['--user', '/bin/sh', '-c', 'echo $$; exec sleep 30'];
  await run('unshare', command, { onStdout, signal: done.signal, timeoutMs: HOLDER_MS }).catch((error: unknown) => {
    if (fd === undefined) failure ??= error;
  });
  if (fd === undefined)
    throw failure ?? problem('UNSUPPORTED', { what: 'user namespaces', why: 'unshare said nothing' });
  return fd;
};

/** Mounts `source` over `target`, read-only and without devices, with ids shifted by the namespace if there is one. */
export const mountIdmapped = (source: string, target: string, userNamespaceFd: number | undefined): void => {
  const tree = cloneMount(source);
  try {
    setMountAttributes(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, userNamespaceFd);
    const folder = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      attachMount(tree, folder, target);
    } finally {
      closeSync(folder);
    }
  } finally {
    closeSync(tree);
  }
};

/** User namespaces by first id, opened once: a start then costs two system calls instead of a process. */
export class UserNamespaces {
  readonly #open = new Map<number, Promise<number>>();

  get(first: number): Promise<number> {
    const known = this.#open.get(first);
    if (known) return known;
    const opening = openUserNamespace(first);
    this.#open.set(first, opening);
    opening.catch(() => this.#open.delete(first));
    return opening;
  }
}
