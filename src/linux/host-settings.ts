// Settings of the host that are changed for tenants: what each was is noted first, so that a removal gives it back.

import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readKernelFile, readKernelFileIfAny, writeKernelFile } from './files.ts';

/** Below /proc/sys, for example `fs/inotify/max_user_instances`. */
export interface HostSetting {
  readonly key: string;
  readonly value: string;
}

export interface HostSettings {
  /** @returns undefined where the kernel has no such setting */
  read(key: string): string | undefined;
  /** Remembers what these are now and what they will be, in the order in which they are to be given back. */
  note(settings: readonly HostSetting[]): void;
  /** @throws Problem KERNEL_WRITE */
  write(setting: HostSetting): void;
}

/** Lines `KEY BEFORE OURS`; the uninstaller reads them (scripts/install/settings.sh). */
export const NOTES_FILE = 'sysctls';

const readNoted = (path: string): ReadonlySet<string> =>
  new Set((readKernelFileIfAny(path) ?? '').split('\n').map((line) => line.split(' ')[0] ?? ''));

/**
 * @param run the run folder: like the settings themselves it does not outlive a boot
 * @param proc `/proc` of the host
 */
export const openHostSettings = (run: string, proc: string): HostSettings => {
  const notes = join(run, NOTES_FILE);
  const pathOf = (key: string): string => join(proc, 'sys', key);
  return {
    read: (key) => readKernelFileIfAny(pathOf(key)),
    note: (settings) => {
      const noted = readNoted(notes);
      // the first note counts: a later one would take for the host's own what a daemon before this one wrote
      const fresh = settings.filter(({ key }) => !noted.has(key));
      if (fresh.length === 0) return;
      mkdirSync(dirname(notes), { recursive: true, mode: 0o750 });
      const lines = fresh.map(({ key, value }) => `${key} ${readKernelFile(pathOf(key))} ${value}\n`);
      appendFileSync(notes, lines.join(''), { mode: 0o600 });
    },
    write: ({ key, value }) => writeKernelFile(pathOf(key), value),
  };
};
