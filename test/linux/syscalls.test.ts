// System calls past Node's API do what their manual pages say.

import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import {
  isErrno,
  openAt,
  peerCredentials,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  tryLock,
  unmount,
} from '../../src/linux/syscalls.ts';

const withFolder = async (body: (folder: string) => Promise<void> | void): Promise<void> => {
  const folder = mkdtempSync(`${tmpdir()}/tenantctl-sys-`);
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Descriptor of a socket; Node has no public way to it. */
const descriptorOf = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

test('a lock is held once, and free again when its descriptor closes', async () => {
  await withFolder((folder) => {
    const [first, second] = [openSync(`${folder}/l`, 'a'), openSync(`${folder}/l`, 'a')];
    assert.equal(tryLock(first), true);
    assert.equal(tryLock(first), true);
    assert.equal(tryLock(second), false);
    closeSync(first);
    assert.equal(tryLock(second), true);
    closeSync(second);
  });
});

test('the peer of a unix socket is known by process, user and group', async () => {
  await withFolder(async (folder) => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(`${folder}/s`, resolve));
    const client = createConnection(`${folder}/s`);
    const socket = await accepted;
    const expected = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
    assert.deepEqual(peerCredentials(descriptorOf(socket)), expected);
    client.destroy();
    socket.destroy();
    server.close();
  });
});

test('an open below a folder takes neither a link nor a way out', async () => {
  await withFolder((folder) => {
    mkdirSync(`${folder}/in/real`, { recursive: true });
    writeFileSync(`${folder}/in/real/file`, 'here');
    writeFileSync(`${folder}/secret`, 'secret');
    symlinkSync('real', `${folder}/in/link`);
    symlinkSync('../secret', `${folder}/in/out`);
    const dir = openSync(`${folder}/in`, constants.O_RDONLY | constants.O_DIRECTORY);
    const open = (path: string) =>
      openAt(dir, path, { flags: constants.O_RDONLY, resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS });
    const fd = open('real/file');
    assert.equal(readFileSync(fd, 'utf8'), 'here');
    closeSync(fd);
    for (const [path, errno] of [
      ['link/file', 'ELOOP'],
      ['out', 'ELOOP'],
      ['../secret', 'EXDEV'],
      [`${folder}/secret`, 'EXDEV'],
      ['absent', 'ENOENT'],
    ] as const) {
      assert.throws(
        () => open(path),
        (error: unknown) => isErrno(error, errno),
        path,
      );
    }
    closeSync(dir);
  });
});

test('a refused call says which one, on what, and why', () => {
  assert.throws(
    () => unmount('/nonexistent/tenantctl'),
    (error: unknown) =>
      error instanceof Problem &&
      error.code === 'SYSCALL' &&
      /umount2\(\/nonexistent\/tenantctl\): E(NOENT|PERM)/.test(error.message),
  );
});
