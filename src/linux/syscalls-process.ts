// Processes held by descriptors that stand for them, whatever becomes of their numbers (pidfd_open(2)).

import { call, check, isErrno } from './syscalls.ts';

/** The same on every architecture we run on (asm-generic/unistd.h). */
const NR_PIDFD_SEND_SIGNAL = 424;
const NR_PIDFD_OPEN = 434;

const pidfdOpen = call('syscall', 'long', ['long', 'int', 'uint']);
const pidfdSendSignal = call('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint']);

/**
 * A descriptor that stands for one process, not for its number (pidfd_open(2), kernel 5.3); closed on exec.
 * @returns undefined when there is no such process
 */
export const openProcess = (pid: number): number | undefined => {
  try {
    return check(pidfdOpen(NR_PIDFD_OPEN, pid, 0), 'pidfd_open', String(pid));
  } catch (error) {
    // EINVAL: 0, negative, or a thread that leads no process
    if (isErrno(error, 'ESRCH', 'EINVAL', 'ENOENT')) return undefined;
    throw error;
  }
};

/** @returns false when the process has ended (pidfd_send_signal(2), kernel 5.1) */
export const signalProcess = (pidFd: number, signal: number): boolean => {
  try {
    check(pidfdSendSignal(NR_PIDFD_SEND_SIGNAL, pidFd, signal, null, 0), 'pidfd_send_signal', String(signal));
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
};
