// Output of ldd, resize2fs, apt and resolv.conf is read for what it says; our own texts say what they must.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHosts, formatResolv, parseNameservers } from '../../../src/linux/rootfs/identity.ts';
import { buildStatePaths, buildTenantPaths } from '../../../src/linux/rootfs/paths.ts';
import { parseBlockSize, parseLeastBlocks } from '../../../src/linux/rootfs/resize.ts';
import { parseDeb822, parseListFile, pickRelease } from '../../../src/linux/rootfs/templates/apt-sources.ts';
import { parseAptProxy, tellProgress } from '../../../src/linux/rootfs/templates/debian.ts';
import { parseInstalled } from '../../../src/linux/rootfs/templates/debian-tree.ts';
import { parseLdd, planTarget } from '../../../src/linux/rootfs/templates/host-files.ts';

test('libraries are read from ldd of one and of many programs', () => {
  const text = `/bin/ls:
\tlinux-vdso.so.1 (0x00007ffd)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f01)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f02)
/usr/bin/x:
\tnot a dynamic executable
\tlibgone.so => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f03)
`;
  assert.deepEqual(parseLdd(text), ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
});

test('programs and libraries go below usr, wherever the host keeps them', () => {
  assert.equal(planTarget('/bin/sh'), 'usr/bin/sh');
  assert.equal(planTarget('/lib64/ld.so'), 'usr/lib64/ld.so');
  assert.equal(planTarget('/usr/sbin/ip'), 'usr/sbin/ip');
  assert.equal(planTarget('/etc/services'), 'etc/services');
});

test('sources of apt are read in both spellings; those with a password are not passed on', () => {
  const list = `# deb http://a.example/x bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian/ bookworm main contrib
deb-src http://a.example/debian bookworm main
deb http://user:secret@b.example/debian bookworm main
deb cdrom:[x]/ bookworm main`;
  assert.deepEqual(parseListFile(list), [{ uri: 'http://a.example/debian', suite: 'bookworm' }]);
  const deb822 = `Types: deb deb-src
URIs: http://a.example/debian
  https://c.example/debian/
Suites: bookworm bookworm-updates
Components: main
# a comment

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
`;
  const found = parseDeb822(deb822);
  assert.equal(found.length, 4);
  assert.deepEqual(
    pickRelease([...found, { uri: 'http://s.example', suite: 'bookworm-security' }], 'bookworm').at(-1),
    {
      uri: 'http://s.example',
      suite: 'bookworm-security',
    },
  );
  assert.deepEqual(pickRelease(found, 'trixie'), []);
});

test('the proxy of apt is found, and only an http one', () => {
  assert.equal(
    parseAptProxy('A "b";\nAcquire::http::Proxy "http://proxy.example:3128";\n'),
    'http://proxy.example:3128',
  );
  assert.equal(parseAptProxy('Acquire::http::Proxy "DIRECT";'), undefined);
});

test('progress of debootstrap becomes a few lines, however its output is cut', () => {
  const said: string[] = [];
  const tell = tellProgress((message) => said.push(message));
  const lines = `${'I: Retrieving x 1\nI: Validating x 1\n'.repeat(45)}I: Configuring y\n`;
  for (const char of lines) tell(char);
  assert.deepEqual(said, [
    'fetching packages',
    'fetching packages (20)',
    'fetching packages (40)',
    'configuring packages',
  ]);
});

test('only installed packages count for the digest', () => {
  const status = `Package: b\nStatus: install ok installed\nVersion: 2\n\nPackage: a\nStatus: install ok installed\nVersion: 1\n\nPackage: c\nStatus: deinstall ok config-files\nVersion: 3\n`;
  assert.deepEqual(parseInstalled(status), ['a 1', 'b 2']);
});

test('the least size of a disk is read from resize2fs and dumpe2fs', () => {
  assert.equal(parseLeastBlocks('resize2fs 1.47\nEstimated minimum size of the filesystem: 8455\n'), 8455);
  assert.equal(parseLeastBlocks('nothing'), undefined);
  assert.equal(parseBlockSize('Block count: 1\nBlock size:               1024\n'), 1024);
});

test('name servers on the loopback of the host are left out, for a tenant cannot reach them', () => {
  const text =
    'search x\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver ::1\nnameserver 2001:db8::1\nnameserver fe80::1%eth0x\nnameserver 192.0.2.1\n';
  assert.deepEqual(parseNameservers(text), ['192.0.2.1', '2001:db8::1']);
  assert.equal(formatResolv(['192.0.2.1']), 'nameserver 192.0.2.1\n');
  assert.match(formatResolv([]), /^# /);
  assert.match(formatHosts('alice'), /^127\.0\.1\.1 alice$/m);
});

test('a state folder whose name could change mount options is refused', () => {
  for (const path of ['/a b', '/a,b', '/a:b', '/a\\b', 'relative', '/a/../b', '/', '/a//b', '/a/']) {
    assert.throws(() => buildStatePaths(path), { name: 'Problem', code: 'UNSUPPORTED' }, path);
  }
  const paths = buildTenantPaths(buildStatePaths('/var/lib/x'), 'alice');
  assert.equal(paths.root, '/var/lib/x/tenants/alice/root');
});
