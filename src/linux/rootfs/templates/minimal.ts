// The minimal template, by hand: programs of the host, the libraries they load, a few texts and a small init.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from '../../exec.ts';
import type { Builder, BuildOptions } from '../builder.ts';
import { findFiles, findPrograms, type Piece } from './host-files.ts';
import { HostMemory } from './host-memory.ts';
import {
  EXTRA_FILES,
  EXTRA_LIBRARIES,
  FOLDERS,
  LINKS,
  MINIMAL_VERSION,
  NEEDED,
  PROGRAM_FOLDERS,
  PROGRAMS,
  TEXTS,
} from './minimal-files.ts';
import { MINIMAL_INIT } from './minimal-init.ts';

const INIT = { path: 'usr/sbin/init', text: MINIMAL_INIT, mode: 0o755 };
const ALL_TEXTS = [...TEXTS, INIT];

const sources = (pieces: readonly Piece[]): readonly string[] =>
  pieces.flatMap((piece) => (piece.kind === 'file' ? [piece.source] : []));

/** Everything to copy, once per target, sorted. */
const planPieces = async (memory: HostMemory): Promise<readonly Piece[]> => {
  const programs = findPrograms(PROGRAMS, NEEDED, PROGRAM_FOLDERS);
  const libraries = await memory.libraries(sources(programs));
  const folders = new Set(sources(libraries).map(dirname));
  const extraLibraries = [...folders].flatMap((folder) => EXTRA_LIBRARIES.map((name) => `${folder}/${name}`));
  const extra = await Promise.all([...EXTRA_FILES, ...extraLibraries].map(findFiles));
  const pieces = new Map([...extra.flat(), ...libraries, ...programs].map((piece) => [piece.target, piece]));
  for (const { path } of ALL_TEXTS) pieces.delete(path);
  return [...pieces.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
};

const describePiece = async (piece: Piece, memory: HostMemory): Promise<string> =>
  piece.kind === 'link'
    ? `${piece.target} -> ${piece.to}`
    : `${piece.target} ${piece.mode.toString(8)} ${await memory.hash(piece.source)}`;

const digestOf = async (pieces: readonly Piece[], memory: HostMemory): Promise<string> => {
  const sum = createHash('sha256').update(JSON.stringify([MINIMAL_VERSION, FOLDERS, LINKS, ALL_TEXTS]));
  for (const piece of pieces) sum.update(`${await describePiece(piece, memory)}\n`);
  return sum.digest('hex').slice(0, 40);
};

const place = async (root: string, piece: Piece): Promise<void> => {
  const target = `${root}/${piece.target}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  if (piece.kind === 'link') return symlink(piece.to, target);
  await copyFile(piece.source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(target, piece.mode); // setuid bits of the host stay behind
};

const placeTexts = async (root: string): Promise<void> => {
  for (const { path, text, mode } of ALL_TEXTS.map((entry) => ({ mode: 0o644, ...entry }))) {
    await mkdir(dirname(`${root}/${path}`), { recursive: true, mode: 0o755 });
    await writeFile(`${root}/${path}`, text);
    await chmod(`${root}/${path}`, mode);
  }
};

const fill = async (root: string, pieces: readonly Piece[], { progress, signal }: BuildOptions): Promise<void> => {
  for (const { path, mode } of FOLDERS) {
    await mkdir(`${root}/${path}`, { recursive: true });
    await chmod(`${root}/${path}`, mode);
  }
  for (const { path, target } of LINKS) await symlink(target, `${root}/${path}`);
  progress(`copying ${pieces.length} files of the host`);
  for (const piece of pieces) {
    signal.throwIfAborted();
    await place(root, piece);
  }
  await placeTexts(root);
  await run('ldconfig', ['-r', root], { signal, timeoutMs: 60_000 });
};

/**
 * The same host gives the same digest, so it is built once until the host's packages change.
 * @param memoryFile where hashes and library lists are kept between processes
 */
export const buildMinimal = (memoryFile: string): Builder => {
  const memory = new HostMemory(memoryFile);
  const digest = async (pieces: readonly Piece[]): Promise<string> => {
    const result = await digestOf(pieces, memory);
    await memory.save();
    return result;
  };
  return {
    template: 'minimal',
    recipe: async () => digest(await planPieces(memory)),
    build: async (root, _work, options) => {
      options.progress('finding programs and libraries of the host');
      const pieces = await planPieces(memory);
      await fill(root, pieces, options);
      return digest(pieces);
    },
  };
};
