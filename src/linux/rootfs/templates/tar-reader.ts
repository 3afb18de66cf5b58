// Reads the entries of an uncompressed tar file in order, without their data; long names and pax records resolved.

import type { FileHandle } from 'node:fs/promises';
import { BLOCK, isZero, parseHeader, parsePax, type RawHeader, TarFormatError } from './tar-header.ts';

export interface TarEntry extends RawHeader {
  /** Keys of pax records that apply to it. */
  readonly pax: ReadonlyMap<string, string>;
}

/** Longest long name or pax header taken: PATH_MAX is 4096, xattrs are up to 64 KiB each. */
const EXTENSION_MAX = 1 << 20;
const READ_AHEAD = 1 << 18;

/** Reads pieces of a file through a window, so that headers of small files cost no read(2) each. */
class Window {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(READ_AHEAD);
  #start = 0;
  #length = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @returns fewer bytes than asked for at the end of the file only */
  async read(position: number, length: number): Promise<Buffer> {
    const from = position - this.#start;
    if (from >= 0 && from + length <= this.#length) return this.#buffer.subarray(from, from + length);
    if (length > READ_AHEAD) return this.#readWhole(position, length);
    this.#start = position;
    const { bytesRead } = await this.#file.read(this.#buffer, 0, READ_AHEAD, position);
    this.#length = bytesRead;
    return this.#buffer.subarray(0, Math.min(length, bytesRead));
  }

  async #readWhole(position: number, length: number): Promise<Buffer> {
    const whole = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(whole, 0, length, position);
    return whole.subarray(0, bytesRead);
  }
}

interface Pending {
  readonly name?: string;
  readonly link?: string;
  readonly pax?: ReadonlyMap<string, string>;
}

const trimName = (data: Buffer): string => {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
};

const paxNumber = (pax: ReadonlyMap<string, string>, key: string): number | undefined => {
  const text = pax.get(key);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new TarFormatError(`pax ${key} is not a whole number`);
  return Number(text);
};

const NO_PAX: ReadonlyMap<string, string> = new Map();

/** What an extension header says wins over the fields of the header itself. */
const resolve = (header: RawHeader, pending: Pending): TarEntry => {
  const pax = pending.pax ?? NO_PAX;
  return {
    ...header,
    name: pax.get('path') ?? pending.name ?? header.name,
    link: pax.get('linkpath') ?? pending.link ?? header.link,
    size: paxNumber(pax, 'size') ?? header.size,
    uid: paxNumber(pax, 'uid') ?? header.uid,
    gid: paxNumber(pax, 'gid') ?? header.gid,
    pax,
  };
};

const EXTENSIONS: Readonly<Record<string, (data: Buffer) => Pending>> = {
  L: (data) => ({ name: trimName(data) }),
  K: (data) => ({ link: trimName(data) }),
  x: (data) => ({ pax: parsePax(data) }),
};

/** Types whose size field counts no data (POSIX pax, "typeflag"); GNU tar reads none for them either. */
const hasData = (type: string): boolean => !'123456'.includes(type);

const readExtension = async (window: Window, header: RawHeader, position: number): Promise<Pending> => {
  if (header.size > EXTENSION_MAX) throw new TarFormatError('an extension header is too long');
  const data = await window.read(position, header.size);
  if (data.length < header.size) throw new TarFormatError('it ends too early');
  return EXTENSIONS[header.type]?.(Buffer.from(data)) ?? {};
};

/** After the end mark there may be padding, nothing that another reader could take for entries. */
const checkEnd = async (window: Window, from: number, size: number): Promise<void> => {
  if (!isZero(await window.read(from, Math.min(BLOCK, size - from))) || size - from < BLOCK) {
    throw new TarFormatError('the end mark is broken');
  }
  for (let at = from; at < size; at += READ_AHEAD) {
    if (!isZero(await window.read(at, Math.min(READ_AHEAD, size - at)))) {
      throw new TarFormatError('there is data behind the end mark');
    }
  }
};

/**
 * Yields every entry; the archive must end with two zero blocks and zeros only.
 * @throws TarFormatError
 */
export async function* readTar(file: FileHandle): AsyncGenerator<TarEntry> {
  const window = new Window(file);
  const { size: total } = await file.stat();
  let pending: Pending = {};
  for (let at = 0; ; ) {
    const block = await window.read(at, BLOCK);
    if (block.length < BLOCK) throw new TarFormatError('it ends too early');
    at += BLOCK;
    if (isZero(block)) return checkEnd(window, at, total);
    const header = parseHeader(block);
    if (header.type in EXTENSIONS) {
      pending = { ...pending, ...(await readExtension(window, header, at)) };
      at += Math.ceil(header.size / BLOCK) * BLOCK;
      continue;
    }
    const entry = resolve(header, pending);
    pending = {};
    if (hasData(entry.type)) at += Math.ceil(entry.size / BLOCK) * BLOCK;
    if (at > total) throw new TarFormatError('it ends too early');
    yield entry;
  }
}
