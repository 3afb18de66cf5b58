// The smallest programs there are: x86-64 ELF files of one system call, or of one loop.

const BASE = 0x400000;
const HEADERS = 64 + 56;
const SYSCALL = Buffer.from([0x0f, 0x05]);

/** mov $imm32, %reg for rdi, rsi, rdx, r10 (Intel SDM volume 2, MOV). */
const LOADS: readonly (readonly number[])[] = [[0xbf], [0xbe], [0xba], [0x41, 0xba]];

const load = (opcode: readonly number[], value: number): Buffer => {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(value >>> 0);
  return Buffer.concat([Buffer.from(opcode), word]);
};

/**
 * @param args up to four 32-bit arguments
 * @param call number of the system call (asm/unistd_64.h)
 */
export const buildProgram = (args: readonly number[], call: number): Buffer => {
  const code = Buffer.concat([
    ...args.map((value, index) => load(LOADS[index] ?? [], value)),
    load([0xb8], call),
    SYSCALL,
    Buffer.from([0xf7, 0xd8, 0x89, 0xc7]), // neg %eax; mov %eax, %edi: the errno is the exit status
    load([0xb8], 60), // exit
    SYSCALL,
  ]);
  return wrap(code);
};

/** Reads a byte of each page of its standard input, a file mapped into memory, again and again. */
export const buildToucher = (bytes: number): Buffer =>
  wrap(
    Buffer.concat([
      Buffer.from([0x31, 0xff, 0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9]), // no address; descriptor 0 (r8), offset 0 (r9)
      load(LOADS[1] ?? [], bytes),
      load(LOADS[2] ?? [], 1), // PROT_READ
      load(LOADS[3] ?? [], 1), // MAP_SHARED
      load([0xb8], 9), // mmap
      SYSCALL,
      Buffer.from([0x48, 0x89, 0xc3]), // mov %rax, %rbx
      Buffer.from([0x31, 0xc9]), // outer: xor %ecx, %ecx
      Buffer.from([0x8a, 0x04, 0x0b]), // inner: mov (%rbx,%rcx), %al
      load([0x81, 0xc1], 4096), // add $4096, %ecx
      load([0x81, 0xf9], bytes), // cmp $bytes, %ecx
      Buffer.from([0x72, 0xef, 0xeb, 0xeb]), // jb inner; jmp outer
    ]),
  );

/** A file with one segment to load. */
const wrap = (code: Buffer): Buffer => {
  const size = HEADERS + code.length;
  const header = Buffer.alloc(HEADERS);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bit, little endian, version 1
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program headers
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // one segment to load,
  header.writeUInt32LE(5, 68); // readable and executable
  header.writeBigUInt64LE(BigInt(BASE), 80);
  header.writeBigUInt64LE(BigInt(BASE), 88);
  header.writeBigUInt64LE(BigInt(size), 96);
  header.writeBigUInt64LE(BigInt(size), 104);
  header.writeBigUInt64LE(4096n, 112);
  return Buffer.concat([header, code]);
};
