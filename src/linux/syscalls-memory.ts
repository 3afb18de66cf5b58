// Calls on this process's own memory, past Node's API (koffi).

import koffi from 'koffi';

const MADV_DONTNEED = 4;

const madvise = koffi.load('libc.so.6').func('madvise', 'int', ['uintptr_t', 'size_t', 'int']);

/**
 * Pages of one of our own mappings are given back (madvise(2)): only for what its file holds as well.
 * @returns whether the kernel did
 */
export const dropPages = (address: number, bytes: number): boolean => madvise(address, bytes, MADV_DONTNEED) === 0;
