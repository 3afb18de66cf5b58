// The smallest program there is: an x86-64 ELF file that makes one system call and ends with its result.

const BASE = 0x400000;
const HEADERS = 64 + 56;

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
  const SYSCALL = Buffer.from([0x0f, 0x05]);
  const code = Buffer.concat([
    ...args.map((value, index) => load(LOADS[index] ?? [], value)),
    load([0xb8], call),
    SYSCALL,
    Buffer.from([0xf7, 0xd8, 0x89, 0xc7]), // neg %eax; mov %eax, %edi: the errno is the exit status
    load([0xb8], 60), // exit
    SYSCALL,
  ]);
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
