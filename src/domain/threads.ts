// How many processors a tenant should take itself to have, as far as a variable can tell it.

/**
 * Threads that can run at once under a CPU limit: whole cores, rounded up. What asks for "as many as there are
 * processors" (nproc, OpenMP, make -j$(nproc)) takes OMP_THREAD_LIMIT as the most (OpenMP 5.2, part 21.1.4).
 * @param cpu thousandths of a core, null for no limit
 * @returns null where the limit does not go below what the host has
 */
export const countThreads = (cpu: number | null, hostCpus: number): number | null => {
  if (cpu === null) return null;
  const threads = Math.max(1, Math.ceil(cpu / 1000));
  return threads < hostCpus ? threads : null;
};

/** The environment variable, for lxc.conf and for the launcher. */
export const THREADS_VARIABLE = 'OMP_THREAD_LIMIT';
