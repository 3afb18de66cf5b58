// /proc/PID/stat of a tenant's processes (proc_pid_stat(5)).

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../domain/names.ts';
import type { Processes, ProcessReading } from '../ports/processes.ts';
import { readKernelFileIfAny } from './files.ts';

/** USER_HZ is 100 in the ABI of every architecture Node runs on (time(7)). */
const TICK_USEC = 10_000;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** TASK_COMM_LEN is 16 with the NUL; kernel threads may have longer ones. */
const MOST_NAME = 64;

/** comm may hold spaces and parentheses: fields are counted from the last one on. */
const parseStat = (pid: number, text: string, bootMs: number): ProcessReading | undefined => {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  // fields 3, 4, …: state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime …
  const fields = text.slice(close + 2).split(' ');
  const at = (number: number): number => Number(fields[number - 3] ?? 0);
  const startTicks = at(22);
  return {
    pid,
    // any bytes but NUL (prctl(2), PR_SET_NAME), and people's terminals show it
    name: printable(text.slice(open + 1, close), MOST_NAME),
    state: fields[0] ?? '?',
    parent: at(4),
    group: at(5),
    threads: at(20),
    cpuUsec: (at(14) + at(15)) * TICK_USEC,
    childUsec: (at(16) + at(17)) * TICK_USEC,
    memory: Math.max(0, at(24)) * PAGE_BYTES,
    startTicks,
    startedAt: bootMs + Math.round((startTicks * 1000) / TICKS_PER_SECOND),
  };
};

const readBootMs = (proc: string): number =>
  Number(/^btime (\d+)$/m.exec(readKernelFileIfAny(join(proc, 'stat')) ?? '')?.[1] ?? 0) * 1000;

/** What follows comm: runs, or waits for a device. */
const BUSY = /^\) [RD]/;

const listThreads = (proc: string, pid: number): readonly string[] => {
  try {
    return readdirSync(join(proc, String(pid), 'task'));
  } catch {
    return []; // it ended
  }
};

/** @param proc `/proc` of the host */
export const openProcesses = (proc: string): Processes => {
  const bootMs = readBootMs(proc);
  return {
    read: (pids, most) =>
      pids.slice(0, most).flatMap((pid) => {
        const text = readKernelFileIfAny(join(proc, String(pid), 'stat'));
        return (text === undefined ? undefined : parseStat(pid, text, bootMs)) ?? [];
      }),
    isBusy: (pids, most) => {
      let left = most;
      for (const pid of pids) {
        for (const thread of listThreads(proc, pid)) {
          if (left-- === 0) return false;
          const text = readKernelFileIfAny(join(proc, String(pid), 'task', thread, 'stat')) ?? '';
          if (BUSY.test(text.slice(text.lastIndexOf(')')))) return true;
        }
      }
      return false;
    },
  };
};
