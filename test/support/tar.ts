// Writes tar archives byte by byte, hostile ones included.

export interface TarPart {
  readonly name: string;
  /** `0` file, `1` hard link, `2` link, `3` `4` devices, `5` folder, `6` FIFO … */
  readonly type?: string;
  readonly data?: string | Buffer;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** The size field, when it shall differ from the data. */
  readonly size?: number;
  /** Put a pax header before the entry. */
  readonly pax?: Readonly<Record<string, string>>;
}

const BLOCK = 512;

const pad = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

export const formatHeader = (part: TarPart, size: number): Buffer => {
  const block = Buffer.alloc(BLOCK);
  const { name, type = '0', link = '', mode = type === '5' ? 0o755 : 0o644, uid = 0, gid = 0 } = part;
  block.write(name.slice(0, 100), 0, 'latin1');
  block.write(octal(mode, 8), 100);
  block.write(octal(uid, 8), 108);
  block.write(octal(gid, 8), 116);
  block.write(octal(part.size ?? size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link.slice(0, 100), 157, 'latin1');
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

export const formatPax = (records: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const body = Buffer.from(` ${key}=${value}\n`, 'latin1');
      let length = body.length + 1;
      while (String(length).length + body.length !== length) length++;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );

const formatPart = (part: TarPart): Buffer => {
  const data = Buffer.from(part.data ?? '');
  const blocks = [formatHeader(part, data.length), pad(data)];
  if (part.pax) {
    const records = formatPax(part.pax);
    blocks.unshift(formatHeader({ name: 'PaxHeaders/x', type: 'x' }, records.length), pad(records));
  }
  return Buffer.concat(blocks);
};

export const END_MARK = Buffer.alloc(2 * BLOCK);

export const buildTar = (parts: readonly TarPart[], end: Buffer = END_MARK): Buffer =>
  Buffer.concat([...parts.map(formatPart), end]);

/** The least that counts as a root. */
export const SHELL: readonly TarPart[] = [
  { name: './', type: '5' },
  { name: './bin/', type: '5' },
  { name: './bin/sh', data: '#!shell\n', mode: 0o755 },
];
