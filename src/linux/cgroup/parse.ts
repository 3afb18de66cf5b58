// Numbers out of kernel files, byte by byte in a shared buffer: no strings, so a tick makes next to no garbage.

const NEWLINE = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;
const EQUALS = 0x3d;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * The whole number that begins at `from`.
 * @returns -1 when there is no digit
 */
export const parseNumberAt = (bytes: Uint8Array, from: number, length: number): number => {
  let value = 0;
  let at = from;
  for (; at < length; at++) {
    const digit = bytes[at] as number;
    if (digit < ZERO || digit > NINE) break;
    value = value * 10 + (digit - ZERO);
  }
  return at === from ? -1 : value;
};

/** Where the line that holds `from` ends: the place of its newline, or the length. */
const endOfLine = (bytes: Uint8Array, from: number, length: number): number => {
  let at = from;
  while (at < length && bytes[at] !== NEWLINE) at++;
  return at;
};

const hasBytes = (bytes: Uint8Array, from: number, key: Uint8Array): boolean => {
  // from the end: keys of one file share their beginnings (total_inactive_anon, total_inactive_file)
  for (let i = key.length - 1; i >= 0; i--) if (bytes[from + i] !== key[i]) return false;
  return true;
};

/** Keys to look for in lines of the form `key value`. */
export class Fields {
  readonly keys: readonly Uint8Array[];
  /** The numbers parsed last, at their keys' places; -1 where one is missing. One for all who read with these fields. */
  readonly values: Float64Array;

  constructor(...names: readonly string[]) {
    this.keys = names.map((name) => Buffer.from(name, 'latin1'));
    this.values = new Float64Array(names.length).fill(-1);
  }

  #find(bytes: Uint8Array, from: number, size: number): number {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i] as Uint8Array;
      if (key.length === size && hasBytes(bytes, from, key)) return i;
    }
    return -1;
  }

  /**
   * Puts each key's number into `values`; stops when all are found.
   * @param places where each key's line began when this file was read last, and will begin again unless a number before
   *   it got longer: a look there saves a walk through the file. Kept up to date; the owner of the file keeps them
   */
  parse(bytes: Uint8Array, length: number, places: number[]): void {
    if (!this.#parseAt(bytes, length, places)) this.#parseAll(bytes, length, places);
  }

  #parseAt(bytes: Uint8Array, length: number, places: readonly number[]): boolean {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i] as Uint8Array;
      const start = places[i] ?? length;
      const end = start + key.length;
      if (end >= length || bytes[end] !== SPACE || (start > 0 && bytes[start - 1] !== NEWLINE)) return false;
      if (!hasBytes(bytes, start, key)) return false;
      this.values[i] = parseNumberAt(bytes, end + 1, length);
    }
    return true;
  }

  #parseAll(bytes: Uint8Array, length: number, places: number[]): void {
    let missing = this.keys.length;
    this.values.fill(-1);
    let start = 0;
    while (start < length && missing > 0) {
      let at = start;
      while (at < length && bytes[at] !== SPACE && bytes[at] !== NEWLINE) at++;
      const index = bytes[at] === SPACE ? this.#find(bytes, start, at - start) : -1;
      if (index >= 0) {
        this.values[index] = parseNumberAt(bytes, at + 1, length);
        places[index] = start;
        missing--;
      }
      start = endOfLine(bytes, at, length) + 1;
    }
  }
}

/** Even with the smallest averages a line has these before its number: its end need not be sought before. */
const PRESSURE_HEAD = 'some avg10=0.00 avg60=0.00 avg300=0.00 total='.length;

/**
 * Totals of a pressure file (Documentation/accounting/psi.rst): `some … total=N`, then `full … total=N`.
 * @param out some, full in microseconds; 0 where a line is missing (cpu has no `full` before 5.13)
 */
export const parsePressure = (bytes: Uint8Array, length: number, out: Float64Array): void => {
  out[0] = 0;
  out[1] = 0;
  let start = 0;
  for (let line = 0; line < 2 && start < length; line++) {
    const end = endOfLine(bytes, start + PRESSURE_HEAD, length);
    let at = end;
    while (at > start && bytes[at - 1] !== EQUALS) at--;
    if (at > start) out[line] = parseNumberAt(bytes, at, end);
    start = end + 1;
  }
};

/** A block device by number. */
export interface Device {
  readonly major: number;
  readonly minor: number;
}

/** `8:0` -> its numbers. */
export const parseDevice = (text: string): Device => {
  const [major = 0, minor = 0] = text.split(':').map(Number);
  return { major, minor };
};

/** include/uapi/linux/major.h LOOP_MAJOR: what passes a loop device is counted again on the disk below it. */
const LOOP_MAJOR = 7;

const isCounted = (bytes: Uint8Array, start: number, length: number, device: Device | null): boolean => {
  const major = parseNumberAt(bytes, start, length);
  if (device === null) return major !== LOOP_MAJOR;
  if (major !== device.major) return false;
  let at = start;
  while (at < length && bytes[at] !== COLON && bytes[at] !== NEWLINE) at++;
  return parseNumberAt(bytes, at + 1, length) === device.minor;
};

/** First bytes of the keys of io.stat, in the order of `out`: rbytes, wbytes, rios, wios. */
const IO_KEYS = ['rbytes=', 'wbytes=', 'rios=', 'wios='].map((key) => Buffer.from(key, 'latin1'));

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0` (cgroup-v2.rst, io.stat), added over the counted devices. */
export const parseIoStat = (bytes: Uint8Array, length: number, device: Device | null, out: Float64Array): void => {
  out.fill(0, 0, IO_KEYS.length);
  for (let start = 0, end = 0; start < length; start = end + 1) {
    end = endOfLine(bytes, start, length);
    if (isCounted(bytes, start, end, device)) addIoLine(bytes, start, end, out);
  }
};

const addIoLine = (bytes: Uint8Array, start: number, end: number, out: Float64Array): void => {
  for (let at = start; at < end; at++) {
    if (bytes[at - 1] !== SPACE || at === start) continue;
    for (let i = 0; i < IO_KEYS.length; i++) {
      const key = IO_KEYS[i] as Uint8Array;
      if (hasBytes(bytes, at, key)) out[i] = (out[i] ?? 0) + Math.max(0, parseNumberAt(bytes, at + key.length, end));
    }
  }
};

const LETTER_R = 0x52;
const LETTER_W = 0x57;

/** Where the next space is, or the end. */
const endOfWord = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
};

/** `8:0 Read 1`, `8:0 Write 2`, … (cgroup-v1/blkio-controller.rst), added over the counted devices: read, written. */
export const parseBlkio = (bytes: Uint8Array, length: number, device: Device | null, out: Float64Array): void => {
  out[0] = 0;
  out[1] = 0;
  for (let start = 0, end = 0; start < length; start = end + 1) {
    end = endOfLine(bytes, start, length);
    const word = endOfWord(bytes, start, end) + 1;
    const letter = bytes[word];
    if ((letter !== LETTER_R && letter !== LETTER_W) || !isCounted(bytes, start, end, device)) continue;
    const place = letter === LETTER_R ? 0 : 1;
    const number = parseNumberAt(bytes, endOfWord(bytes, word, end) + 1, end);
    out[place] = (out[place] ?? 0) + Math.max(0, number);
  }
};
