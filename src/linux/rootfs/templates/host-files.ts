// Finds programs and their libraries on the host, for the template that is made by hand.

import { realpathSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { problem } from '../../../domain/errors.ts';
import { run } from '../../exec.ts';

/** One thing to put into the root; `target` is relative to it. */
export type Piece =
  | { readonly kind: 'file'; readonly target: string; readonly source: string; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string; readonly to: string };

/** /bin, /sbin, /lib, /lib64 are links into /usr in our root, whatever they are on the host. */
export const planTarget = (hostPath: string): string =>
  hostPath.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/').replace(/^\//, '');

/** Libraries in the output of ldd(1): `NAME => /path (0x…)` and the loader's own `/path (0x…)`. */
export const parseLdd = (text: string): readonly string[] => {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const match = /^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line);
    if (match?.[1]) found.add(match[1]);
  }
  return [...found].sort();
};

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * Programs as pieces: one file per real program, a link for each other name (sh -> dash, awk -> mawk).
 * @throws Problem UNSUPPORTED naming a needed program the host lacks
 */
export const findPrograms = (
  names: readonly string[],
  needed: readonly string[],
  folders: readonly string[],
): readonly Piece[] => {
  const pieces = new Map<string, Piece>();
  for (const name of new Set(names)) {
    const path = folders.map((folder) => `${folder}/${name}`).find(isFile);
    if (!path) {
      if (needed.includes(name))
        throw problem('UNSUPPORTED', { what: `the program ${name}`, why: 'minimal copies it' });
      continue;
    }
    const source = realpathSync.native(path);
    const target = planTarget(source);
    pieces.set(target, { kind: 'file', target, source, mode: 0o755 });
    const alias = planTarget(path);
    if (alias !== target) pieces.set(alias, { kind: 'link', target: alias, to: `/${target}` });
  }
  return [...pieces.values()];
};

/** Libraries of programs, under the names by which the loader asks for them. */
export const findLibraries = async (programs: readonly string[]): Promise<readonly Piece[]> => {
  // 1: one of them is a script or static, which is no fault
  const { stdout } = await run('ldd', ['--', ...programs], {
    okStatus: [0, 1],
    timeoutMs: 120_000,
    maxOutput: 1 << 24,
  });
  return parseLdd(stdout).map((source) => ({ kind: 'file', source, target: planTarget(source), mode: 0o755 }));
};

/** Files below a path as pieces; a path that is not there gives none. */
export const findFiles = async (path: string): Promise<readonly Piece[]> => {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return [{ kind: 'file', source: path, target: planTarget(path), mode: 0o644 }];
  if (!info?.isDirectory()) return [];
  const found = await Promise.all((await readdir(path)).map((name) => findFiles(`${path}/${name}`)));
  return found.flat();
};
