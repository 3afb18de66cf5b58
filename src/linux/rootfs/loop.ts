// Loop devices: attach an image so that a crash leaves nothing behind; find the devices of an image.

import { closeSync, constants, existsSync, openSync, readdirSync } from 'node:fs';
import { problem } from '../../domain/errors.ts';
import { readKernelFileIfAny } from '../files.ts';
import { bindLoop, clearLoop, findFreeLoop, refreshLoop } from '../syscalls.ts';

/** Other processes take loop devices too; each lost race tries the next free one. */
const ATTEMPTS = 64;

export interface Loop {
  readonly device: string;
  /** Lets go; the device frees itself when nothing is mounted from it. */
  close(): void;
}

/**
 * A device that holds this image already, as one does whose mount lives on in another mount namespace (a container that
 * is just starting has a copy of all mounts): a second device would give the same blocks two file systems at once.
 */
const openBound = (image: string): Loop | undefined => {
  for (const device of listLoops(image)) {
    const fd = openSync(device, constants.O_RDWR);
    if (listLoops(image).includes(device)) return { device, close: () => closeSync(fd) };
    closeSync(fd); // it freed itself meanwhile
  }
  return undefined;
};

const withFile = <T>(path: string, flags: number, act: (fd: number) => T): T => {
  const fd = openSync(path, flags);
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
};

/** @returns an open descriptor of a device that now holds the file, or undefined when somebody else took it */
const tryBind = (device: string, file: number): number | undefined => {
  const fd = openSync(device, constants.O_RDWR);
  let isBound = false;
  try {
    isBound = bindLoop(fd, file);
  } finally {
    if (!isBound) closeSync(fd);
  }
  return isBound ? fd : undefined;
};

/** Attaches an image to a free device, or opens the one that holds it. */
export const openLoop = (image: string): Loop =>
  openBound(image) ??
  withFile(image, constants.O_RDWR | constants.O_NOFOLLOW, (file) =>
    withFile('/dev/loop-control', constants.O_RDWR, (control) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const device = `/dev/loop${findFreeLoop(control)}`;
        const fd = tryBind(device, file);
        if (fd !== undefined) return { device, close: () => closeSync(fd) };
      }
      throw problem('UNSUPPORTED', { what: 'a free loop device', why: `${ATTEMPTS} were taken by others` });
    }),
  );

/** Devices bound to an image, by what the kernel says in /sys. */
export const listLoops = (image: string, sys = '/sys'): readonly string[] =>
  readdirSync(`${sys}/block`)
    .filter((name) => /^loop\d+$/.test(name))
    .filter((name) => {
      // an unbound device has no such folder; an open(2) that fails costs ten times as much here
      if (!existsSync(`${sys}/block/${name}/loop`)) return false;
      const file = readKernelFileIfAny(`${sys}/block/${name}/loop/backing_file`);
      return file === image || file === `${image} (deleted)`;
    })
    .map((name) => `/dev/${name}`);

/** Frees a device that is bound but not mounted. */
export const freeLoop = (device: string): void => withFile(device, constants.O_RDWR, clearLoop);

/** Makes a device take its file's new size. */
export const growLoop = (device: string): void => withFile(device, constants.O_RDWR, refreshLoop);
