// Decides whether the entries of an archive may be unpacked as a root; pure.

import type { TarEntry } from './tar-reader.ts';

export type Kind = 'file' | 'folder' | 'link' | 'fifo';

export interface Checked {
  readonly kind: Kind;
  readonly size: number;
  /** Target of a symbolic link. */
  readonly link?: string;
  /** A folder no entry names, but a path goes through it. */
  readonly implied?: boolean;
}

export interface ArchiveLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** A full Debian desktop has 300 000 files and 10 GB; what is larger is no base for a tenant. */
export const ARCHIVE_LIMITS: ArchiveLimits = { entries: 500_000, bytes: 16 * 2 ** 30 };

/** PATH_MAX and NAME_MAX of linux/limits.h. */
const PATH_MAX = 4096;
const NAME_MAX = 255;
const ID_MAX = 65535;

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: Code; readonly why: string };
type Code = 'ARCHIVE_UNSAFE' | 'ARCHIVE_INVALID';

const OK: Verdict = { ok: true };
const unsafe = (why: string): Verdict => ({ ok: false, code: 'ARCHIVE_UNSAFE', why });
const invalid = (why: string): Verdict => ({ ok: false, code: 'ARCHIVE_INVALID', why });

const KINDS: Readonly<Record<string, Kind>> = {
  '0': 'file',
  '7': 'file',
  '1': 'file',
  '2': 'link',
  '5': 'folder',
  '6': 'fifo',
};

const REFUSED: Readonly<Record<string, string>> = {
  '3': 'is a character device',
  '4': 'is a block device',
  S: 'is a sparse file',
  D: 'is a folder listing of an incremental archive',
  M: 'continues a file of another volume',
  V: 'is a volume label',
  g: 'is a global header',
};

/** `./a//b/` -> `a/b`; the root is the empty text. Undefined when a part is `..`, or the name is absolute. */
export const normalizeName = (name: string): string | undefined => {
  if (name.startsWith('/')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
};

/** True when a relative link target climbs above the root; absolute ones start at the tenant's own root. */
export const climbsOut = (path: string, target: string): boolean => {
  let depth = target.startsWith('/') ? 0 : path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
};

const whyNotName = (entry: TarEntry): string | undefined => {
  if (entry.name.startsWith('/')) return 'has an absolute name';
  if (entry.name.includes('\0') || entry.link.includes('\0')) return 'has a NUL in its name';
  if (entry.name.length >= PATH_MAX || entry.link.length >= PATH_MAX) return 'has a name that is too long';
  if (entry.name.split('/').some((part) => part.length > NAME_MAX)) return 'has a name that is too long';
  if (entry.name.split('/').includes('..')) return 'has ".." in its name';
  return undefined;
};

/** Folders that must be real ones: the engine mounts over them or writes into them (runc, crun: CVE-2026-47766). */
const REAL_FOLDERS = ['dev', 'proc', 'sys', 'run', 'tmp', 'etc', 'usr', 'var'] as const;
const STARTERS = ['sbin/init', 'usr/sbin/init', 'init', 'bin/sh', 'usr/bin/sh', 'lib/systemd/systemd'] as const;

/** Remembers what was seen, so that an entry can be judged by those before it. */
export class ArchiveCheck {
  readonly seen = new Map<string, Checked>();
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits = ARCHIVE_LIMITS) {
    this.#limits = limits;
  }

  /** Takes one entry, or says why not. */
  add(entry: TarEntry): Verdict {
    const refused = this.#judgeAlone(entry);
    if (!refused.ok) return refused;
    const kind = KINDS[entry.type] ?? 'file';
    const path = normalizeName(entry.name) ?? '';
    if (path === '') return kind === 'folder' ? OK : unsafe('would replace the root itself');
    return this.#judgeLink(entry, path) ?? this.#judgePlace(path, kind) ?? this.#take(entry, path, kind);
  }

  /** What must hold for the whole, once every entry was taken. */
  finish(): Verdict {
    for (const path of REAL_FOLDERS) {
      const found = this.seen.get(path);
      if (found && found.kind !== 'folder') return unsafe(`/${path} must be a folder`);
    }
    if (this.#entries === 0) return invalid('it is empty');
    if (!STARTERS.some((path) => this.#leadsSomewhere(path))) return invalid('it has neither an init nor a shell');
    return OK;
  }

  /** `bin/sh` counts when `bin` is a link to `usr/bin` and that has `sh`. */
  #leadsSomewhere(path: string, hops = 0): boolean {
    const parts = path.split('/');
    for (let i = 1; i <= parts.length; i++) {
      const found = this.seen.get(parts.slice(0, i).join('/'));
      if (!found) return false;
      if (found.kind !== 'link') continue;
      const from = found.link?.startsWith('/') ? [] : parts.slice(0, i - 1);
      return hops < 8 && this.#leadsSomewhere(resolveParts(from, found.link ?? '', parts.slice(i)), hops + 1);
    }
    return this.seen.get(path)?.kind === 'file';
  }

  #judgeAlone(entry: TarEntry): Verdict {
    this.#entries++;
    const name = whyNotName(entry);
    if (name) return unsafe(name);
    const type = REFUSED[entry.type] ?? (entry.type in KINDS ? undefined : `has the unknown type "${entry.type}"`);
    if (type) return unsafe(type);
    if ([...entry.pax.keys()].some((key) => key.startsWith('GNU.sparse'))) return unsafe('is a sparse file');
    if (entry.uid > ID_MAX || entry.gid > ID_MAX) return invalid(`"${entry.name}" has an owner above ${ID_MAX}`);
    this.#bytes += entry.type === '0' || entry.type === '7' ? entry.size : 0;
    if (this.#entries > this.#limits.entries) return unsafe(`is one of more than ${this.#limits.entries}`);
    if (this.#bytes > this.#limits.bytes) return unsafe(`makes more than ${this.#limits.bytes} bytes in all`);
    return OK;
  }

  #judgeLink(entry: TarEntry, path: string): Verdict | undefined {
    if (entry.type === '2') {
      if (entry.link === '') return unsafe('is a link to nothing');
      return climbsOut(path, entry.link) ? unsafe(`is a link out of the root, to "${entry.link}"`) : undefined;
    }
    if (entry.type !== '1') return undefined;
    const target = normalizeName(entry.link);
    if (target === undefined || target === '') return unsafe(`is a hard link out of the root, to "${entry.link}"`);
    if (this.seen.get(target)?.kind !== 'file') return unsafe(`is a hard link to "${entry.link}", no file before it`);
    return undefined;
  }

  /** No part of the way may be anything but a folder, and nothing is unpacked twice. */
  #judgePlace(path: string, kind: Kind): Verdict | undefined {
    const parts = path.split('/');
    for (let i = 1; i < parts.length; i++) {
      const parent = parts.slice(0, i).join('/');
      const found = this.seen.get(parent);
      if (found && found.kind !== 'folder') return unsafe(`goes through "${parent}", which is no folder`);
      if (!found) this.seen.set(parent, { kind: 'folder', size: 0, implied: true });
    }
    const before = this.seen.get(path);
    if (before && !(before.kind === 'folder' && kind === 'folder')) return unsafe('is there twice');
    return undefined;
  }

  #take(entry: TarEntry, path: string, kind: Kind): Verdict {
    const size = entry.type === '1' ? (this.seen.get(normalizeName(entry.link) ?? '')?.size ?? 0) : entry.size;
    const link = kind === 'link' ? { link: entry.link } : {};
    this.seen.set(path, { kind, size: kind === 'file' ? size : 0, ...link });
    return OK;
  }
}

const resolveParts = (from: readonly string[], target: string, rest: readonly string[]): string => {
  const parts = [...from];
  for (const part of [...target.split('/'), ...rest]) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
};
