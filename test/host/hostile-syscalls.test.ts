// System calls that no tenant may make, made in one by a program of a few bytes: each gives the error of the profile.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { requires } from '../support/requires.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => {
  if (process.arch !== 'x64') t.skip('the program is made of x86-64 code');
  return process.arch === 'x64' && requires(t, 'root', 'lxc', 'overlay', 'loop');
};
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** x86-64 code: the call with its arguments, the others 0; then exit with its errno, or 0. */
const buildCode = (call: number, args: readonly number[]): Buffer => {
  const [rdi = 0, rsi = 0, rdx = 0] = args;
  return Buffer.concat([
    ...[Buffer.from([0x48, 0xc7, 0xc0]), int(call), Buffer.from([0x48, 0xc7, 0xc7]), int(rdi)], // mov rax; mov rdi
    ...[Buffer.from([0x48, 0xc7, 0xc6]), int(rsi), Buffer.from([0x48, 0xc7, 0xc2]), int(rdx)], // mov rsi; mov rdx
    Buffer.from([0x4d, 0x31, 0xd2, 0x4d, 0x31, 0xc0, 0x4d, 0x31, 0xc9, 0x0f, 0x05]), // xor r10, r8, r9; syscall
    Buffer.from([0x31, 0xff, 0x48, 0x85, 0xc0, 0x79, 0x04, 0xf7, 0xd8, 0x89, 0xc7]), // edi = rax < 0 ? -eax : 0
    Buffer.from([0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05]), // exit
  ]);
};

const BASE = 0x400000;

/** The least executable of elf(5): one header, one segment. */
const buildProgram = (code: Buffer): Buffer => {
  const head = Buffer.alloc(120);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(62, 18); // EM_X86_64
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(BASE + head.length), 24);
  head.writeBigUInt64LE(64n, 32); // the program header follows
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64); // PT_LOAD
  head.writeUInt32LE(5, 68); // R and X
  head.writeBigUInt64LE(BigInt(BASE), 80);
  head.writeBigUInt64LE(BigInt(BASE), 88);
  for (const at of [96, 104]) head.writeBigUInt64LE(BigInt(head.length + code.length), at);
  head.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([head, code]);
};

const errnoOf = async (call: number, ...args: number[]): Promise<number> => {
  const text = [...buildProgram(buildCode(call, args))]
    .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
    .join('');
  const { status } = await box.sh('alice', `printf '${text}' >/root/probe; chmod 755 /root/probe; exec /root/probe`);
  return status;
};

const [EPERM, ENOSYS, EAFNOSUPPORT, ENOTTY] = [1, 38, 97, 25];

test('calls that act on the whole machine or know no namespace are refused', async (t) => {
  if (!can(t)) return;
  const calls = {
    open_by_handle_at: 304,
    add_key: 248,
    keyctl: 250,
    bpf: 321,
    perf_event_open: 298,
    userfaultfd: 323,
    syslog: 103,
    move_pages: 279,
    migrate_pages: 256,
    vmsplice: 278,
  };
  const seen: Record<string, number> = {};
  for (const [name, call] of Object.entries(calls)) seen[name] = await errnoOf(call);
  assert.deepEqual(seen, Object.fromEntries(Object.keys(calls).map((name) => [name, EPERM])));
  assert.equal(await errnoOf(425), ENOSYS, 'io_uring_setup');
});

test('no socket of a family that leads past the network namespace can be made', async (t) => {
  if (!can(t)) return;
  assert.equal(await errnoOf(41, 40, 1), EAFNOSUPPORT, 'AF_VSOCK: the host, the neighbours, the hypervisor');
  assert.equal(await errnoOf(41, 38, 5), EAFNOSUPPORT, 'AF_ALG');
  assert.equal(await errnoOf(41, 2, 1), 0, 'AF_INET');
});

test('nothing can be typed into a terminal', async (t) => {
  if (!can(t)) return;
  assert.equal(await errnoOf(16, 0, 0x5412), EPERM, 'TIOCSTI');
  assert.equal(await errnoOf(16, 0, 0x541c), EPERM, 'TIOCLINUX');
  assert.equal(await errnoOf(16, 0, 0x5413), ENOTTY, 'TIOCGWINSZ is judged by the kernel');
});
