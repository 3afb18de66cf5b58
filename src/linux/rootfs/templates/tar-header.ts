// One 512-byte header of a tar archive (POSIX pax, ustar, GNU): bytes -> values; pure and strict.

export const BLOCK = 512;

export interface RawHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** One character; NUL is read as `0`. */
  readonly type: string;
  readonly link: string;
}

/** The archive breaks the format; `entry` names the place. */
export class TarFormatError extends Error {
  override readonly name = 'TarFormatError';
}

/** Text up to the first NUL. Bytes stay bytes: latin1 keeps names apart that are no UTF-8. */
const readText = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
};

/** Octal digits, or base 256 when the first bit is set (GNU); negative and huge numbers are refused. */
export const readNumber = (block: Buffer, from: number, length: number): number => {
  const field = block.subarray(from, from + length);
  const first = field[0] ?? 0;
  if (first & 0x80) {
    let value = first & 0x7f;
    if (first & 0x40) throw new TarFormatError('a number is negative');
    for (const byte of field.subarray(1)) {
      value = value * 256 + byte;
      if (!Number.isSafeInteger(value)) throw new TarFormatError('a number is too large');
    }
    return value;
  }
  const text = field
    .toString('latin1')
    .replace(/^ +/, '')
    .replace(/[\0 ].*$/s, '');
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw new TarFormatError('a number is not octal');
  return Number.parseInt(text, 8);
};

/** Sum of all bytes with the checksum field read as blanks. */
const sumHeader = (block: Buffer): number => {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
};

export const isZero = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** @throws TarFormatError when the checksum or a number is wrong */
export const parseHeader = (block: Buffer): RawHeader => {
  if (readNumber(block, 148, 8) !== sumHeader(block)) throw new TarFormatError('a header has a wrong checksum');
  // POSIX has a prefix for long names; GNU keeps times in the same place ("ustar  ")
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: readNumber(block, 100, 8),
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    type: type === '\0' ? '0' : type,
    link: readText(block, 157, 100),
  };
};

/** Records `LENGTH KEY=VALUE\n` of a pax header. @throws TarFormatError */
export const parsePax = (data: Buffer): ReadonlyMap<string, string> => {
  const records = new Map<string, string>();
  let at = 0;
  while (at < data.length) {
    const blank = data.indexOf(0x20, at);
    const digits = blank < 0 ? '' : data.toString('latin1', at, blank);
    const length = /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = data.indexOf(0x3d, blank + 1);
    if (length === 0 || end > data.length || data[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new TarFormatError('a pax record is broken');
    }
    records.set(data.toString('latin1', blank + 1, equals), data.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return records;
};
