// What the whole host did since its start, for the rows of its history: disks, links, tasks and OOM kills from /proc, on
// descriptors that stay open. Once in ten seconds: 1000 tenants are 1000 lines of disks and as many of links.

import { closeSync } from 'node:fs';
import type { HostTotals } from '../ports/host.ts';
import { DeviceSum } from './device-sum.ts';
import { openKernelFile, readOpenFile } from './files.ts';
import { type Choose, openDisks, openUplinks } from './host-devices.ts';
import type { HostRoots } from './probe.ts';

/** A table of the kernel with a line for each device. */
interface Table {
  /** Finds the device's name, and the figures behind it. */
  readonly line: RegExp;
  /** Which of the figures are counted. */
  readonly columns: readonly number[];
}

/**
 * Major, minor and name; then of reads and of writes: completed, merged, sectors, milliseconds
 * (Documentation/admin-guide/iostats.rst). Here: sectors read and written, reads, writes.
 */
const DISKSTATS: Table = { line: /^ *\d+ +\d+ (\S+) (.*)$/gm, columns: [2, 6, 0, 4] };

/** Of any disk, whatever its own sectors are (Documentation/block/stat.rst, "sectors"). */
const SECTOR_BYTES = 512;

/** Bytes received and bytes sent are the first and the ninth figure (proc_pid_net(5)); the space before one may be missing. */
const NET_DEV: Table = { line: /^ *([^\s:]+): *(.*)$/gm, columns: [0, 8] };

const parseFigures = (text: string, columns: readonly number[]): number[] => {
  const figures = text.trim().split(/ +/).map(Number);
  return columns.map((column) => figures[column] ?? Number.NaN);
};

/** The counted figures of the devices that count; a line with fewer figures than that is none of them. */
const parseTable = (text: string, { line, columns }: Table, choose: Choose): [string, number[]][] => {
  const lines = new Map([...text.matchAll(line)].map(([, name = '', figures = '']) => [name, figures]));
  return choose([...lines.keys()])
    .map((name): [string, number[]] => [name, parseFigures(lines.get(name) ?? '', columns)])
    .filter(([, figures]) => figures.every(Number.isFinite));
};

const parseNumber = (text: string, pattern: RegExp): number | null => {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
};

/** "0.20 0.18 0.12 1/80 11206": tasks that can run, of all (proc_loadavg(5)). */
const TASKS = /^(?:\S+ ){3}\d+\/(\d+) /;
/** Kills in a group, and for want of memory of the host (since 4.13, mm/oom_kill.c). */
const OOM_KILLS = /^oom_kill (\d+)$/m;

/** The sum over those devices of a table that count. */
const openTable = (read: () => string, table: Table, choose: Choose): (() => readonly (number | null)[]) => {
  const sum = new DeviceSum();
  return () => {
    for (const [name, figures] of parseTable(read(), table, choose)) sum.add(name, figures);
    return sum.totals ?? table.columns.map(() => null);
  };
};

const bytesOf = (sectors: number | null | undefined): number | null =>
  typeof sectors === 'number' ? sectors * SECTOR_BYTES : null;

export interface HostTotalsReader {
  read(): HostTotals;
  close(): void;
}

/** A file that is not there, or says nothing of a device that counts, leaves its figures unknown. */
export const openHostTotals = ({ proc, sys }: Pick<HostRoots, 'proc' | 'sys'>): HostTotalsReader => {
  const files: number[] = [];
  const open = (name: string): (() => string) => {
    const fd = openKernelFile(`${proc}/${name}`);
    if (fd === undefined) return () => '';
    files.push(fd);
    return () => readOpenFile(fd) ?? '';
  };
  const loadavg = open('loadavg');
  const vmstat = open('vmstat');
  const readDisks = openTable(open('diskstats'), DISKSTATS, openDisks(sys));
  const readLinks = openTable(open('net/dev'), NET_DEV, openUplinks(sys));
  return {
    read: () => {
      const [sectorsRead, sectorsWritten, ioReadOps = null, ioWriteOps = null] = readDisks();
      const [netRxBytes = null, netTxBytes = null] = readLinks();
      return {
        pids: parseNumber(loadavg(), TASKS),
        ioReadBytes: bytesOf(sectorsRead),
        ioWriteBytes: bytesOf(sectorsWritten),
        ioReadOps,
        ioWriteOps,
        netRxBytes,
        netTxBytes,
        oomKills: parseNumber(vmstat(), OOM_KILLS),
      };
    },
    close: () => {
      for (const fd of files) closeSync(fd);
    },
  };
};
