// The registry file: lowdb with an adapter that is durable and keeps the last good copy.

import { linkSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LowSync, type SyncAdapter } from 'lowdb';
import { problem } from '../domain/errors.ts';
import { EMPTY_REGISTRY, REGISTRY_SCHEMA, type Registry } from '../domain/tenant.ts';
import { formatBytes } from '../domain/units.ts';
import type { RegistryStore } from '../ports/store.ts';
import { readFileIfAny, replaceFile, sweepTemporaries } from './durable-file.ts';
import { parseRegistry, type ReadResult } from './migrations.ts';

const backupOf = (path: string): string => `${path}.bak`;

/** Text of the last good copy, if there is one. */
const readBackup = (path: string): string | undefined => {
  const text = readFileIfAny(backupOf(path));
  return text !== undefined && parseRegistry(text).kind === 'ok' ? text : undefined;
};

/** A file that is gone while its copy is there was lost: taken as empty, all tenants would be leftovers to sweep. */
const readRegistry = (path: string): ReadResult => {
  const text = readFileIfAny(path);
  if (text === undefined && readBackup(path) !== undefined)
    return { kind: 'corrupt', why: 'it is not there, but a copy of it is' };
  return parseRegistry(text);
};

/** Writes durably; the file as it was before becomes the last good copy (a hard link, so it costs no second write). */
class DurableAdapter implements SyncAdapter<Registry> {
  readonly #path: string;
  /** The text last written: a file that still has it need not be parsed again to be known as good. */
  #written: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Problem STATE_CORRUPT, STATE_NEWER; nothing is overwritten */
  read(): Registry {
    const result = readRegistry(this.#path);
    if (result.kind === 'ok') return result.registry;
    const hint = readBackup(this.#path) === undefined ? {} : { backup: backupOf(this.#path) };
    throw result.kind === 'newer'
      ? problem('STATE_NEWER', { path: this.#path, found: result.found, known: REGISTRY_SCHEMA, ...hint })
      : problem('STATE_CORRUPT', { path: this.#path, why: result.why, ...hint });
  }

  write(data: Registry): void {
    this.#keepCopy();
    const text = `${JSON.stringify(data, null, 2)}\n`;
    replaceFile(this.#path, text);
    this.#written = text;
  }

  #keepCopy(): void {
    const backup = backupOf(this.#path);
    const text = readFileIfAny(this.#path);
    if (text === undefined || (text !== this.#written && parseRegistry(text).kind !== 'ok')) return;
    rmSync(backup, { force: true });
    try {
      linkSync(this.#path, backup);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/**
 * Opens the registry; the daemon is its only writer.
 * @param useBackup replaces a file that cannot be read by its last good copy; the bad one is kept as `.bad`
 * @throws Problem STATE_CORRUPT, STATE_NEWER
 */
export const openRegistry = (path: string, useBackup = false): RegistryStore => {
  if (useBackup) restoreBackup(path);
  const db = new LowSync<Registry>(new DurableAdapter(path), EMPTY_REGISTRY);
  db.read();
  sweepTemporaries(path);
  return {
    get current() {
      return db.data;
    },
    save: async (next) => {
      const before = db.data;
      db.data = next;
      try {
        db.write();
      } catch (error) {
        db.data = before;
        throw explainFailure(error, path, next);
      }
    },
    close: async () => undefined,
  };
};

/** A full disk is the one failure that people can mend by themselves. */
const explainFailure = (error: unknown, path: string, next: Registry): Error => {
  const errno = (error as NodeJS.ErrnoException).code ?? String(error);
  if (errno !== 'ENOSPC' && errno !== 'EDQUOT')
    return problem('KERNEL_WRITE', { path, value: 'the registry', errno }, { cause: error });
  const { bavail, bsize } = statfsSync(dirname(path));
  // in whole blocks, and one for the name
  const needed = (Math.ceil(JSON.stringify(next, null, 2).length / bsize) + 1) * bsize;
  const figures = { free: formatBytes(bavail * bsize), needed: formatBytes(needed) };
  return problem('DISK_SPACE', { path: dirname(path), ...figures, what: 'save the registry' }, { cause: error });
};

const restoreBackup = (path: string): void => {
  if (readRegistry(path).kind === 'ok') return;
  const text = readBackup(path);
  if (text === undefined) return;
  const bad = readFileIfAny(path);
  if (bad !== undefined) replaceFile(`${path}.bad`, bad);
  replaceFile(path, text);
};
