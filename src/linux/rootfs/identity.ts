// What makes a tenant itself: hostname, hosts, resolv.conf, machine-id, ssh host keys; written once, before its first start.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { idBase } from '../../domain/slots.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { run } from '../exec.ts';
import { Inside } from './inside.ts';
import type { TenantPaths } from './paths.ts';

/** systemd-resolved's list of real servers comes first: the stub in /etc/resolv.conf is a loopback of the host. */
const RESOLV_FILES = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf'] as const;
const KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const;
const KEYGEN_MS = 60_000;

export const formatHosts = (name: string): string =>
  `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`;

const isReachable = (address: string): boolean =>
  (isIPv4(address) && !address.startsWith('127.')) || (isIPv6(address) && address !== '::1' && !address.includes('%'));

/** Name servers of a resolv.conf(5) that a tenant can reach: not the host's loopback, no zone, three at the most. */
export const parseNameservers = (text: string): readonly string[] => {
  const found = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '').filter(isReachable);
  return [...new Set(found)].slice(0, 3); // MAXNS
};

export const formatResolv = (servers: readonly string[]): string =>
  servers.length === 0
    ? '# the host names no name server that can be reached from here\n'
    : servers.map((server) => `nameserver ${server}\n`).join('');

const readNameservers = async (): Promise<readonly string[]> => {
  for (const path of RESOLV_FILES) {
    const servers = parseNameservers(await readFile(path, 'utf8').catch(() => ''));
    if (servers.length > 0) return servers;
  }
  return [];
};

/** Made on the host, in a folder the tenant cannot reach, then copied in. */
const writeHostKeys = async (inside: Inside, name: string, folder: string): Promise<void> => {
  const temp = await mkdtemp(`${folder}/.keys-`);
  try {
    await Promise.all(
      KEY_TYPES.map((type) =>
        run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', `root@${name}`, '-f', `${temp}/${type}`], {
          timeoutMs: KEYGEN_MS,
        }),
      ),
    );
    for (const type of KEY_TYPES) {
      inside.replace('etc/ssh', `ssh_host_${type}_key`, await readFile(`${temp}/${type}`), 0o600);
      inside.replace('etc/ssh', `ssh_host_${type}_key.pub`, await readFile(`${temp}/${type}.pub`), 0o644);
    }
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
};

/**
 * Only once: later the files are the tenant's own to change. The mark lies outside its reach.
 * The tenant is mounted and stopped, so nothing moves under the writer.
 */
export const writeIdentity = async (tenant: Tenant, paths: TenantPaths): Promise<void> => {
  if (await stat(paths.identity).catch(() => undefined)) return;
  const servers = await readNameservers();
  const inside = new Inside(paths.root, idBase(tenant.slot));
  try {
    inside.ensureFolder('.', 'etc', 0o755);
    inside.replace('etc', 'hostname', `${tenant.name}\n`, 0o644);
    inside.replace('etc', 'hosts', formatHosts(tenant.name), 0o644);
    inside.replace('etc', 'resolv.conf', formatResolv(servers), 0o644);
    inside.replace('etc', 'machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444);
    // keys that came with an archive would be the same in every tenant made from it
    if (inside.hasFolder('etc/ssh')) await writeHostKeys(inside, tenant.name, paths.folder);
  } finally {
    inside.close();
  }
  await writeFile(paths.identity, `${tenant.id}\n`, { mode: 0o600 });
};
