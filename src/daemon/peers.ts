// Who may speak to the daemon: root, and members of the group tenantctl.

import { readFileSync } from 'node:fs';
import { problem } from '../domain/errors.ts';

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export const GROUP = 'tenantctl';

/** Group id from the text of /etc/group (group(5)). */
export const parseGroupId = (text: string, name: string): number | null => {
  const line = text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const field = line?.split(':')[2] ?? '';
  return /^\d{1,10}$/.test(field) ? Number(field) : null; // an empty one would read as 0, root's
};

export const readGroupId = (path = '/etc/group'): number | null => {
  try {
    return parseGroupId(readFileSync(path, 'utf8'), GROUP);
  } catch {
    return null;
  }
};

/** Supplementary groups of a process; SO_PEERCRED tells the primary one only. */
const readGroups = (pid: number): number[] => {
  try {
    const line = /^Groups:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
    return line.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/**
 * The socket's mode already keeps others out; this holds also when somebody widened it.
 * @throws Problem NOT_ALLOWED
 */
export const checkPeer = (
  peer: Peer | undefined,
  group: number | null,
  groupsOf: (pid: number) => readonly number[] = readGroups,
): void => {
  if (peer?.uid === 0) return;
  if (peer && group !== null && (peer.gid === group || groupsOf(peer.pid).includes(group))) return;
  throw problem('NOT_ALLOWED', { uid: peer?.uid ?? -1, what: 'use this box' });
};
