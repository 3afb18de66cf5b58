// Remembers hashes and libraries of host files between processes: a second look costs one stat(2) each.

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { findLibraries, isFile, type Piece } from './host-files.ts';

const schema = z.strictObject({
  /** Stamp of all programs together, and the libraries ldd(1) found for them. */
  programs: z.string(),
  libraries: z.array(
    z.strictObject({ kind: z.literal('file'), target: z.string(), source: z.string(), mode: z.number() }),
  ),
  hashes: z.record(z.string(), z.strictObject({ stamp: z.string(), hash: z.string() })),
});

type Memory = z.infer<typeof schema>;

/** Changes whenever a file's content does: the change time cannot be set back (stat(2)). */
const readStamp = (path: string): string => {
  const { size, ino, dev, mtimeMs, ctimeMs } = statSync(path); // 3 us; a promise of it takes 50
  return [size, ino, dev, mtimeMs, ctimeMs].join(':');
};

export class HostMemory {
  readonly #file: string;
  #memory: Memory | undefined;
  #changed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** A file that is absent, cut or of another shape counts as empty. */
  async #load(): Promise<Memory> {
    if (this.#memory) return this.#memory;
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const parsed = schema.safeParse(parseJson(text));
    this.#memory ??= parsed.success ? parsed.data : { programs: '', libraries: [], hashes: {} };
    return this.#memory;
  }

  /** Libraries of programs, asked again only when a program changed or a library went: ldd(1) takes 4 ms for each. */
  async libraries(programs: readonly string[]): Promise<readonly Piece[]> {
    const memory = await this.#load();
    const stamps = programs.map((path) => `${path} ${readStamp(path)}`);
    const stamp = createHash('sha256').update(stamps.join('\n')).digest('hex');
    if (stamp === memory.programs && memory.libraries.every(({ source }) => isFile(source))) return memory.libraries;
    memory.libraries = (await findLibraries(programs)).filter((piece) => piece.kind === 'file');
    memory.programs = stamp;
    this.#changed = true;
    return memory.libraries;
  }

  async hash(path: string): Promise<string> {
    const { hashes } = await this.#load();
    const stamp = readStamp(path);
    const known = hashes[path];
    if (known?.stamp === stamp) return known.hash;
    const sum = createHash('sha256');
    await pipeline(createReadStream(path), sum);
    const hash = sum.digest('hex');
    hashes[path] = { stamp, hash };
    this.#changed = true;
    return hash;
  }

  /** Losing it costs a second look, so it is not synced. */
  async save(): Promise<void> {
    if (!this.#changed || !this.#memory) return;
    this.#changed = false;
    const fresh = `${this.#file}.${process.pid}`;
    await writeFile(fresh, JSON.stringify(this.#memory), { mode: 0o600 });
    await rename(fresh, this.#file);
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
