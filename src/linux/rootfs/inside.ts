// Files inside a tenant's root, reached without ever following a link the tenant may have put there.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { problem } from '../../domain/errors.ts';
import {
  isErrno,
  openAt,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../syscalls.ts';

/** Nothing on the way may be a link or another mount; the walk cannot leave the root (openat2(2), kernel 5.6). */
const RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A tenant's root while it is stopped; `owner` is the host id of its root user. */
export class Inside {
  readonly #fd: number;
  readonly #owner: number;

  constructor(root: string, owner: number) {
    this.#fd = openSync(root, FOLDER);
    this.#owner = owner;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A folder's descriptor, or undefined when it is absent, a link, or anything else. */
  #openFolder(path: string): number | undefined {
    try {
      return openAt(this.#fd, path, { flags: FOLDER, resolve: RESOLVE });
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV')) return undefined;
      throw error;
    }
  }

  /** True when a real folder is there. */
  hasFolder(path: string): boolean {
    const fd = this.#openFolder(path);
    if (fd !== undefined) closeSync(fd);
    return fd !== undefined;
  }

  /**
   * Replaces a file by a new one of the tenant's root; what the old name was (a link, a FIFO) does not matter.
   * @returns false when the folder is not a real folder: then the tenant has arranged it otherwise, and keeps it so
   */
  replace(folder: string, name: string, content: string | Uint8Array, mode: number): boolean {
    const dir = this.#openFolder(folder);
    if (dir === undefined) return false;
    // a descriptor's own path cannot be redirected: /proc/self/fd/N is the folder itself (proc(5))
    const at = (entry: string): string => `/proc/self/fd/${dir}/${entry}`;
    const fresh = `.tenantctl-${randomBytes(6).toString('hex')}`;
    try {
      this.#create(at(fresh), content, mode);
      renameSync(at(fresh), at(name));
      return true;
    } catch (error) {
      removeQuietly(at(fresh));
      if ((error as NodeJS.ErrnoException).code === 'EISDIR') return false;
      throw error;
    } finally {
      closeSync(dir);
    }
  }

  #create(path: string, content: string | Uint8Array, mode: number): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      if (!fstatSync(fd).isFile()) throw problem('INTERNAL', { what: `${path} is not a file` });
      writeSync(fd, typeof content === 'string' ? Buffer.from(content) : content);
      fchownSync(fd, this.#owner, this.#owner);
      fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
  }

  /** Makes a folder of the tenant's root if nothing of the name is there. */
  ensureFolder(parent: string, name: string, mode: number): void {
    const dir = this.#openFolder(parent);
    if (dir === undefined) return;
    try {
      mkdirSync(`/proc/self/fd/${dir}/${name}`, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw error;
    } finally {
      closeSync(dir);
    }
    const made = this.#openFolder(`${parent}/${name}`);
    if (made === undefined) return;
    fchownSync(made, this.#owner, this.#owner);
    closeSync(made);
  }
}

const removeQuietly = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // never made, or renamed
  }
};
