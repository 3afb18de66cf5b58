// The daemon's own resident memory: pages of program files that only its start used go back to the page cache.

import { readKernelFileIfAny } from './files.ts';
import { dropPages } from './syscalls-memory.ts';

interface Mapping {
  readonly start: number;
  readonly bytes: number;
}

/** Smaller ones are not worth a system call. */
const LEAST_BYTES = 1 << 20;

const readKib = (entry: string, key: string): number | undefined => {
  const text = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(entry)?.[1];
  return text === undefined ? undefined : Number(text);
};

/**
 * Mappings of files, from the text of /proc/self/smaps (proc_pid_smaps(5)), of which no page was ever written to: what
 * is dropped of those is read again from the same file. One with a page of its own, in memory or swapped out, holds
 * what the file does not (relocations), and is left alone.
 */
export const pickFileMappings = (smaps: string): readonly Mapping[] =>
  smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((entry) => {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9]\d* +\//.exec(entry) ?? [];
    const start = Number.parseInt(from, 16);
    const bytes = Number.parseInt(to, 16) - start;
    const isClean = readKib(entry, 'Anonymous') === 0 && readKib(entry, 'Swap') === 0;
    return bytes >= LEAST_BYTES && isClean ? [{ start, bytes }] : [];
  });

/**
 * Half of a fresh daemon's memory is Node's own file, mapped in large pieces around each page its start touched. Of
 * those it needs few again, and those come back at a microsecond each. Always this process's own table, whatever /proc
 * a caller has: another's addresses would be wrong here. Without one (CONFIG_PROC_PAGE_MONITOR) nothing is done.
 */
export const releaseFilePages = (): void => {
  for (const { start, bytes } of pickFileMappings(readKernelFileIfAny('/proc/self/smaps') ?? ''))
    dropPages(start, bytes);
};
